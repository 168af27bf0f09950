using Microsoft.ML;
using TransferKit.Display;
using TransferKit.Pipelines.Data;
using static TransferKit.Display.Html;

namespace TransferKit.Pipelines.Evaluating;

/// <summary>The result of evaluating an image classifier: its accuracy, its confusion matrix, and the metrics of each class.</summary>
/// <param name="Classes">All classes, in ordinal order: those of the test images and those of the classifier.</param>
/// <param name="Confusion">The confusion matrix: for each true class (row), how many images were predicted as each class (column).</param>
/// <param name="Labels">The classifier's labels, in the order of its scores.</param>
/// <param name="Images">Each test image with its prediction.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed record Evaluation(
    IReadOnlyList<string> Classes, int[][] Confusion, IReadOnlyList<string> Labels, IReadOnlyList<EvaluatedImage> Images) : IDisplayable
{
    /// <summary>The number of images.</summary>
    public int Total => Confusion.Sum(row => row.Sum());

    /// <summary>The number of images predicted correctly.</summary>
    public int Correct => Enumerable.Range(0, Classes.Count).Sum(i => Confusion[i][i]);

    /// <summary>The fraction of the images predicted correctly, from 0 to 1.</summary>
    public double Accuracy => Total == 0 ? 0 : (double)Correct / Total;

    /// <summary>The 95 % confidence interval of the accuracy.</summary>
    public ConfidenceInterval AccuracyInterval => ConfidenceInterval.Wilson(Correct, Total);

    /// <summary>
    /// The expected calibration error, from 0 (probabilities as often right as they say) to 1; null where the scores are not probabilities.
    /// </summary>
    public double? CalibrationError =>
        Statistics.AreProbabilities(this) ? Statistics.CalibrationError(Statistics.Calibration(this)) : null;

    /// <summary>Precision, recall and F1 of each class.</summary>
    public IReadOnlyList<ClassMetrics> PerClass =>
        [.. Classes.Select((label, i) => new ClassMetrics(label, Confusion[i][i], Confusion[i].Sum(), Confusion.Sum(row => row[i])))];

    /// <summary>Reads the labels of a classifier's scores: the slot names of the column <c>Score</c>.</summary>
    /// <param name="schema">The schema of the classifier's output.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no column <c>Score</c>.</exception>
    public static string[] LabelsOf(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema["Score"].SlotNames()
            ?? throw new ArgumentException(
                "The column 'Score' has no labels as slot names; the output of a multiclass classifier is needed.");
    }

    /// <inheritdoc/>
    public string ToHtml()
    {
        string accuracy = $"<p><b>Accuracy {Percent(Accuracy)}</b> ({Correct} of {Total} correct), " +
            $"95 % confidence interval {AccuracyInterval}{EvaluationText.Calibration(this)}</p>";
        var rows = PerClass.Select(c => new[]
        {
            Text(c.Label), $"{c.Total}", Percent(c.Precision), Percent(c.Recall), Number(c.F1, "0.000"),
        });
        return Fragment(
            accuracy, ConfusionTable.ToHtml(Classes, Confusion), Table(["class", "images", "precision", "recall", "F1"], rows));
    }

    /// <summary>Writes accuracy, metrics of each class and confusion matrix; of more than 20 classes, only the worst.</summary>
    public override string ToString() => EvaluationText.Of(this);
}
