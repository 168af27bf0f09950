using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Display;
using TransferKit.Pipelines.Data;
using static TransferKit.Display.Html;

namespace TransferKit.Pipelines.Evaluating;

/// <summary>One class of an evaluation.</summary>
/// <param name="Label">Its label.</param>
/// <param name="Correct">Its images that were predicted so.</param>
/// <param name="Total">Its images.</param>
/// <param name="Predicted">All images that were predicted so.</param>
public sealed record ClassFigures(string Label, int Correct, int Total, int Predicted)
{
    /// <summary>The part of the class that was found, from 0 to 1.</summary>
    public double Recall => Total == 0 ? 0 : (double)Correct / Total;

    /// <summary>The part of what was taken for the class that is of it, from 0 to 1.</summary>
    public double Precision => Predicted == 0 ? 0 : (double)Correct / Predicted;

    /// <summary>The harmonic mean of precision and recall.</summary>
    public double F1 => Total + Predicted == 0 ? 0 : 2.0 * Correct / (Total + Predicted);
}

/// <summary>What was predicted for an image.</summary>
/// <param name="File">Its path; null where it has none.</param>
/// <param name="Label">Its true label.</param>
/// <param name="Predicted">The predicted label.</param>
/// <param name="Scores">A score for each of the classifier's labels.</param>
/// <param name="Features">Its features, where they were asked for.</param>
public sealed record EvaluatedImage(string? File, string Label, string Predicted, float[] Scores, float[]? Features);

/// <summary>How many pictures of each label were given which label.</summary>
/// <param name="Classes">The labels, in alphabetical order.</param>
/// <param name="Confusion">Rows are the true labels, columns the predicted.</param>
/// <param name="Labels">The label of each score.</param>
/// <param name="Images">What was predicted for each image.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed record Evaluation(IReadOnlyList<string> Classes, int[][] Confusion, IReadOnlyList<string> Labels, IReadOnlyList<EvaluatedImage> Images) : IDisplayable
{
    /// <summary>How many images were predicted.</summary>
    public int Total => Confusion.Sum(row => row.Sum());

    /// <summary>How many of them were given their true label.</summary>
    public int Correct => Enumerable.Range(0, Classes.Count).Sum(i => Confusion[i][i]);

    /// <summary>The part that is correct, from 0 to 1.</summary>
    public double Accuracy => Total == 0 ? 0 : (double)Correct / Total;

    /// <summary>Each class by itself.</summary>
    public IReadOnlyList<ClassFigures> PerClass =>
        [.. Classes.Select((label, i) => new ClassFigures(label, Confusion[i][i], Confusion[i].Sum(), Confusion.Sum(row => row[i])))];

    /// <summary>Predicts every row of a view and counts; the labels of the classifier are there even where no row has them.</summary>
    /// <param name="context">The context.</param>
    /// <param name="model">The classifier.</param>
    /// <param name="test">Images with labels.</param>
    /// <param name="progress">Told how many are done.</param>
    /// <param name="keepFeatures">Whether the images' features are kept as well: thousands of numbers each.</param>
    public static Evaluation Of(MLContext context, ITransformer model, IDataView test, IProgress<int>? progress = null, bool keepFeatures = false)
    {
        var scored = model.Transform(test);
        string[] labels = LabelsOf(scored.Schema);
        var images = new List<EvaluatedImage>();
        var rows = keepFeatures ? context.Data.CreateEnumerable<FeaturedRow>(scored, reuseRowObject: false) : context.Data.CreateEnumerable<Row>(scored, reuseRowObject: false, ignoreMissingColumns: true);
        foreach (var row in rows)
        {
            images.Add(new(row.ImagePath, row.Label, row.PredictedLabel, row.Score, (row as FeaturedRow)?.Features));
            progress?.Report(images.Count);
        }
        string[] classes = [.. images.Select(r => r.Label).Concat(labels).Distinct().Order(StringComparer.Ordinal)];
        int[][] confusion = [.. classes.Select(_ => new int[classes.Length])];
        foreach (var image in images)
            confusion[Array.IndexOf(classes, image.Label)][Array.IndexOf(classes, image.Predicted)]++;
        return new Evaluation(classes, confusion, labels, images);
    }

    /// <summary>The label of each score of a classifier's output.</summary>
    public static string[] LabelsOf(DataViewSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return schema["Score"].SlotNames()
            ?? throw new ArgumentException("The column 'Score' has no labels as slot names; the output of a multiclass classifier is needed.");
    }

    /// <inheritdoc/>
    public string ToHtml()
    {
        var (low, high) = Statistics.Interval(Correct, Total);
        return Fragment($"<p><b>{Correct} of {Total} correct, {Percent(Accuracy)}</b> ({Percent(low)} to {Percent(high)} at 95 %)</p>",
            Matrix((_, _, content) => $"<span>{content}</span>"),
            Table(["class", "photos", "recall", "precision", "F1"], PerClass.Select(c => new[] { Text(c.Label), $"{c.Total}", Percent(c.Recall), Percent(c.Precision), Number(c.F1, "0.000") })));
    }

    /// <inheritdoc/>
    public override string ToString() =>
        TextTable.Of(["class", "correct", "of", "recall", "precision"], PerClass.Select(c => new[] { c.Label, $"{c.Correct}", $"{c.Total}", Percent(c.Recall), Percent(c.Precision) })) + '\n' +
        TextTable.Of(["true \\ predicted", .. Classes], Classes.Select((label, i) => (string[])[label, .. Confusion[i].Select(n => n == 0 ? "." : $"{n}")])) +
        $"{Correct} of {Total} correct ({Percent(Accuracy)})";

    /// <summary>The confusion matrix: in each cell its share of the row, and its count.</summary>
    /// <param name="cell">Makes a cell of its row, its column, and what is in it.</param>
    internal string Matrix(Func<int, int, string, string> cell)
    {
        string rows = string.Concat(Classes.Select((label, i) => $"<tr><th>{Text(label)}</th>{string.Concat(Classes.Select((_, j) => Cell(i, j)))}</tr>"));
        return $"<div class=\"wide\"><table class=\"matrix\"><tr><th>true \\ predicted</th>{string.Concat(Classes.Select(l => $"<th>{Text(l)}</th>"))}</tr>{rows}</table></div>";

        string Cell(int i, int j)
        {
            int count = Confusion[i][j], of = Confusion[i].Sum();
            return count == 0 ? "<td><span>·</span></td>"
                : $"<td class=\"{(i == j ? "right" : "wrong")}\" style=\"--part:{Number((double)count / of)}\">{cell(i, j, $"{Number(100.0 * count / of, "0")} %<small>{count}</small>")}</td>";
        }
    }

    private class Row
    {
        public string Label { get; set; } = "";

        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        // Not every view has it.
        public string? ImagePath { get; set; }
    }

    private sealed class FeaturedRow : Row
    {
        public float[] Features { get; set; } = [];
    }
}
