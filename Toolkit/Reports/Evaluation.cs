using System.Globalization;
using Microsoft.ML;
using Spectre.Console;

namespace TransferKit.Toolkit.Reports;

/// <summary>One class of an evaluation.</summary>
internal sealed record ClassFigures(string Label, int Correct, int Total, int Predicted)
{
    public double Recall => Total == 0 ? 0 : (double)Correct / Total;

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
internal sealed record EvaluatedImage(string? File, string Label, string Predicted, float[] Scores, float[]? Features);

/// <summary>How many pictures of each label were given which label.</summary>
/// <param name="Classes">The labels, in alphabetical order.</param>
/// <param name="Confusion">Rows are the true labels, columns the predicted.</param>
/// <param name="Labels">The label of each score.</param>
/// <param name="Images">What was predicted for each image.</param>
internal sealed record Evaluation(IReadOnlyList<string> Classes, int[][] Confusion, IReadOnlyList<string> Labels, IReadOnlyList<EvaluatedImage> Images)
{
    public int Total => Confusion.Sum(row => row.Sum());

    public int Correct => Enumerable.Range(0, Classes.Count).Sum(i => Confusion[i][i]);

    public double Accuracy => Total == 0 ? 0 : (double)Correct / Total;

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
        string[] labels = SavedClassifier.LabelsOf(scored.Schema);
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

    public void Print(IAnsiConsole console)
    {
        var table = new Table().AddColumns("class", "correct", "of", "recall", "precision");
        foreach (var figures in PerClass)
            table.AddRow(figures.Label.EscapeMarkup(), $"{figures.Correct}", $"{figures.Total}", Percent(figures.Recall), Percent(figures.Precision));
        console.Write(table);
        var confusion = new Table().AddColumn("true \\ predicted").AddColumns([.. Classes.Select(c => c.EscapeMarkup())]);
        for (int i = 0; i < Classes.Count; i++)
            confusion.AddRow([Classes[i].EscapeMarkup(), .. Confusion[i].Select(n => n == 0 ? "." : $"{n}")]);
        console.Write(confusion);
        console.WriteLine($"{Correct} of {Total} correct ({Percent(Accuracy)})");
    }

    private static string Percent(double part) => string.Create(CultureInfo.InvariantCulture, $"{100 * part:0.0} %");

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
