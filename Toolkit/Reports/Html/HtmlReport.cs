using TransferKit.Images;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Explaining;
using TransferKit.Training;
using TransferKit.Weights;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>The report of an evaluation as one HTML file, which needs no other files.</summary>
/// <param name="run">The result of the command.</param>
/// <param name="provenance">What is needed to repeat the run.</param>
internal sealed class HtmlReport(RunResult run, Provenance provenance)
{
    /// <summary>Creates the explainer of the classifier, for the maps of the largest errors.</summary>
    public required Func<ImageExplainer> CreateExplainer { get; init; }

    /// <summary>The metrics of each epoch; empty where the training had no epochs.</summary>
    public TrainingHistory History { get; init; } = [];

    /// <summary>Each test photo with its nearest training photo; null where they were not compared.</summary>
    public IReadOnlyList<NearestPair>? Nearest { get; init; }

    private Evaluation Evaluation => run.Evaluation;

    /// <summary>Creates a report and writes it.</summary>
    /// <remarks>A failure is only logged, because the result of a command does not depend on its report.</remarks>
    /// <param name="output">Receives the message where it fails.</param>
    /// <param name="path">The file to write.</param>
    /// <param name="create">Creates the report.</param>
    /// <returns>The path, or null where nothing was written.</returns>
    public static string? Write(CommandOutput output, string path, Func<HtmlReport> create)
    {
        try
        {
            create().Write(path);
            return path;
        }
        catch (Exception e) when (IsExpected(e is AggregateException { InnerException: { } inner } ? inner : e))
        {
            output.Log($"The report '{path}' was not written: {e.Message}");
            return null;
        }
    }

    private static bool IsExpected(Exception e) =>
        e is IOException or UnauthorizedAccessException or ImageFormatException or OperationCanceledException;

    private void Write(string path)
    {
        var matrix = new ConfusionMatrix(Evaluation);
        using var css = new StreamReader(typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!);
        string[] sections =
        [
            Summary(), Curves(), Matrix(matrix), PerClass(), LargestErrors.Section(Evaluation, CreateExplainer),
            CalibrationSection.Of(Evaluation),
            Duplicates(), Skipped(), Section("Photos of each cell of the confusion matrix", matrix.Cells()), provenance.ToHtml(),
        ];
        string page = $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="data:,"><title>{Text(provenance.Title)}</title>
            <style>{Style}{css.ReadToEnd()}</style></head><body class="transferkit"><h1>{Text(provenance.Title)}</h1>
            {string.Concat(sections)}
            </body></html>
            """;
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(page)));
    }

    private string Summary()
    {
        double meanF1 = Evaluation.PerClass.Where(c => c.Total + c.Predicted > 0).Average(c => c.F1);
        (string Value, string Meaning)[] figures =
        [
            (Percent(Evaluation.Accuracy), $"accuracy: {Evaluation.Correct} of {Evaluation.Total} correct, "
                + $"95 % confidence interval {Interval(Evaluation.Correct, Evaluation.Total, "0.0")}"),
            (Number(meanF1, "0.000"), "mean F1 of the classes"),
            ($"{Evaluation.Classes.Count}", "classes"),
            (Number(run.ImagesPerSecond, "0.0"), "images per second"),
            (Number(run.Seconds, "0.0") + " s", "total time"),
        ];
        var boxes = figures.Select(f => $"<div><b>{f.Value}</b><span class=\"soft\">{f.Meaning}</span></div>");
        return Section("Summary", $"<div class=\"figures\">{string.Concat(boxes)}</div>");
    }

    private string Curves() => History.Count == 0 ? "" : Section("Learning curves", History.CurvesHtml());

    private string Matrix(ConfusionMatrix matrix)
    {
        string[] pairs = [.. Statistics.MostConfused(Evaluation).Take(10).Select(pair => $"{pair}")];
        return Section("Confusion matrix",
            Remark("Rows are true classes, columns are predicted classes. "
                + "A cell has the percentage and the number of the row's images; click a cell to see its photos."),
            matrix.Table(),
            pairs.Length > 0 ? "<h3>Most confused pairs</h3>" + List(pairs) : Remark("All predictions are correct."));
    }

    private string PerClass()
    {
        var rows = Evaluation.PerClass.Select(c => c.Total == 0
            ? new[] { Text(c.Label), "0", "–", "–", "–", "–" }
            :
            [
                Text(c.Label), $"{c.Total}", Percent(c.Recall), Interval(c.Correct, c.Total, "0"),
                Percent(c.Precision), Number(c.F1, "0.000"),
            ]);
        return Section("Metrics of each class", Table(["class", "images", "recall", "95 % interval", "precision", "F1"], rows));
    }

    private static string Interval(int count, int total, string format)
    {
        var (low, high) = ConfidenceInterval.Wilson(count, total);
        return $"{Number(100 * low, format)}–{Number(100 * high, format)} %";
    }

    private string Duplicates()
    {
        const string title = "Near-duplicates of training photos";
        if (Nearest is null)
            return Section(title,
                Remark("Test photos were not compared with training photos: the training photos are unknown, or too many."));
        int count = Nearest.Count(p => p.Similarity >= NearDuplicates.Threshold);
        int shown = Math.Max(3, Math.Min(count, LargestErrors.MaxPhotos));
        return Section(title,
            Remark($"{count} of {Nearest.Count} test photos are near-duplicates of a training photo "
                + $"(cosine similarity of the features at least {Number(NearDuplicates.Threshold)}). "
                + "Near-duplicates make the accuracy look too high. "
                + "The test photos nearest to a training photo:"),
            PhotoFigures.Row(Nearest.Take(shown).Select(p =>
                PhotoFigures.Pair(p.Test, p.Train, $"test and training photo, similarity {Number(p.Similarity, "0.000")}"))));
    }

    private string Skipped() => Section("Skipped files and remarks",
        List(run.Skipped.Select(r => $"Skipped: {r.Text}").Concat(run.Remarks.Select(r => $"Note: {r.Text}"))));
}
