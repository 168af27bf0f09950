using System.Globalization;
using Microsoft.ML;
using Spectre.Console;

namespace TransferKit.Toolkit.Reports;

/// <summary>One class of an evaluation.</summary>
internal sealed record ClassFigures(string Label, int Correct, int Total, int Predicted)
{
    public double Recall => Total == 0 ? 0 : (double)Correct / Total;

    public double Precision => Predicted == 0 ? 0 : (double)Correct / Predicted;
}

/// <summary>How many pictures of each label were given which label.</summary>
/// <param name="Classes">The labels, in alphabetical order.</param>
/// <param name="Confusion">Rows are the true labels, columns the predicted.</param>
internal sealed record Evaluation(IReadOnlyList<string> Classes, int[][] Confusion)
{
    public int Total => Confusion.Sum(row => row.Sum());

    public int Correct => Enumerable.Range(0, Classes.Count).Sum(i => Confusion[i][i]);

    public double Accuracy => Total == 0 ? 0 : (double)Correct / Total;

    public IReadOnlyList<ClassFigures> PerClass =>
        [.. Classes.Select((label, i) => new ClassFigures(label, Confusion[i][i], Confusion[i].Sum(), Confusion.Sum(row => row[i])))];

    /// <summary>Predicts every row of a view and counts; the labels of the classifier are there even where no row has them.</summary>
    public static Evaluation Of(MLContext context, ITransformer model, IDataView test, IEnumerable<string> labels, IProgress<int>? progress = null)
    {
        var rows = new List<Row>();
        foreach (var row in context.Data.CreateEnumerable<Row>(model.Transform(test), reuseRowObject: false))
        {
            rows.Add(row);
            progress?.Report(rows.Count);
        }
        string[] classes = [.. rows.Select(r => r.Label).Concat(labels).Distinct().Order(StringComparer.Ordinal)];
        int[][] confusion = [.. classes.Select(_ => new int[classes.Length])];
        foreach (var row in rows)
            confusion[Array.IndexOf(classes, row.Label)][Array.IndexOf(classes, row.PredictedLabel)]++;
        return new Evaluation(classes, confusion);
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

    private sealed class Row
    {
        public string Label { get; set; } = "";

        public string PredictedLabel { get; set; } = "";
    }
}
