using System.Globalization;
using Microsoft.ML;
using TransferKit.Display;
using TransferKit.Images;
using TransferKit.Pipelines.Evaluating;
using TransferKit.Pipelines.Explaining;
using TransferKit.Training;
using TransferKit.Weights;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>The report of a run: one page that needs nothing but itself.</summary>
/// <param name="run">What the command says of it.</param>
/// <param name="origin">How it was made.</param>
internal sealed class HtmlReport(RunResult run, Provenance origin)
{
    private const int Shown = 12;

    // So little more for the true label than for another is nearly a mistake.
    private const double Close = 0.2;

    /// <summary>The classifier, whose view of the photos it is most wrong about is shown.</summary>
    public required ITransformer Model { get; init; }

    /// <summary>What each epoch gave, where something was trained by epochs.</summary>
    public TrainingHistory History { get; init; } = [];

    /// <summary>Each test photo with its nearest training photo; null where they were not compared.</summary>
    public IReadOnlyList<NearestPair>? Nearest { get; init; }

    private Evaluation Evaluation => run.Evaluation;

    /// <summary>Makes a report and writes it; where that fails, says why: a result is worth more than its report.</summary>
    /// <returns>The path, or null where nothing was written.</returns>
    public static string? Write(Shell shell, string path, Func<HtmlReport> make)
    {
        try
        {
            make().Write(path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageFormatException or OperationCanceledException or AggregateException { InnerException: IOException or ImageFormatException })
        {
            shell.Say($"The report '{path}' was not written: {e.Message}");
            return null;
        }
    }

    private void Write(string path)
    {
        var matrix = new ConfusionMatrix(Evaluation);
        using var css = new StreamReader(typeof(HtmlReport).Assembly.GetManifestResourceStream("report.css")!);
        string page = $"""
            <!doctype html>
            <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>{Text(origin.Title)}</title>
            <style>{Style}{css.ReadToEnd()}</style></head><body class="transferkit"><h1>{Text(origin.Title)}</h1>
            {Headline()}{Curves()}{Matrix(matrix)}{PerClass()}{MostWrong()}{Calibration()}{Split()}{LeftOut()}{Section("Behind the matrix", matrix.Cells())}{origin.Section()}
            </body></html>
            """;
        AtomicFile.Write(path, stream => stream.Write(System.Text.Encoding.UTF8.GetBytes(page)));
    }

    private string Headline()
    {
        var (low, high) = Statistics.Interval(Evaluation.Correct, Evaluation.Total);
        (string Figure, string Meaning)[] figures =
        [
            (Percent(Evaluation.Accuracy), $"{Evaluation.Correct} of {Evaluation.Total} correct; {Percent(low)} to {Percent(high)} at 95 %"),
            (Number(Evaluation.PerClass.Where(c => c.Total + c.Predicted > 0).Average(c => c.F1), "0.000"), "F1, the mean over classes"),
            ($"{Evaluation.Classes.Count}", "classes"),
            (Number(run.ImagesPerSecond, "0.0"), "images a second"),
            (Number(run.Seconds, "0.0") + " s", "in all"),
        ];
        return Section("In short", $"<div class=\"figures\">{string.Concat(figures.Select(f => $"<div><b>{f.Figure}</b><span class=\"soft\">{f.Meaning}</span></div>"))}</div>");
    }

    private string Curves() => History.Count == 0 ? "" : Section("Learning curves", History.CurvesHtml());

    private string Matrix(ConfusionMatrix matrix)
    {
        string[] pairs = [.. Statistics.Pairs(Evaluation).Take(10).Select(p => $"{p.Label} taken for {p.Predicted}: {p.Count} of {p.Of}")];
        return Section("Confusion matrix", Remark("Of each true class, the part that was given each label, and how many; cells lead to their photographs."), matrix.Table(),
            pairs.Length > 0 ? "<h3>Most confused</h3>" + List(pairs) : Remark("Nothing was confused."));
    }

    private string PerClass() => Section("Each class", Table(["class", "photos", "recall", "95 %", "precision", "F1"], Evaluation.PerClass.Select(c =>
    {
        var (low, high) = Statistics.Interval(c.Correct, c.Total);
        return c.Total == 0 ? new[] { Text(c.Label), "0", "–", "–", "–", "–" }
            : [Text(c.Label), $"{c.Total}", Percent(c.Recall), $"{Number(100 * low, "0")} – {Number(100 * high, "0")} %", Percent(c.Precision), Number(c.F1, "0.000")];
    })));

    private string MostWrong()
    {
        EvaluatedImage[] worst = [.. Statistics.Margins(Evaluation).Where(m => m.Image.File is not null && m.Margin > -Close).OrderByDescending(m => m.Margin).Take(Shown).Select(m => m.Image)];
        if (worst.Length == 0)
            return Section("Most wrong", Remark("Nothing with a photo to show was wrong, or nearly."));
        var (explainer, problem) = Explainer();
        using (explainer)
            return Section("Most wrong", Remark($"The photos whose true label was beaten by the largest margins, {(problem is null ? "and by Grad-CAM where in them the predicted label is seen." : $"without maps: {problem}")}"),
                Photos.Row(worst.Select(i => explainer is null ? Photos.Figure(i.File!, Caption(i)) : Photos.Explained(explainer, i.File!, i.Predicted, Caption(i)))));
    }

    private (ImageExplainer? Explainer, string? Problem) Explainer()
    {
        try
        {
            return (new ImageExplainer(Model), null);
        }
        catch (Exception e) when (e is ArgumentException or DllNotFoundException or TypeInitializationException or NotSupportedException)
        {
            return (null, e.Message);
        }
    }

    private static string Caption(EvaluatedImage image) => image.Label == image.Predicted ? $"{image.Label}, right but close" : $"{image.Label}, predicted {image.Predicted}";

    private string Calibration()
    {
        if (!Statistics.AreProbabilities(Evaluation))
            return Section("Calibration", Remark("This classifier gives decision values and no probabilities, so there is nothing to calibrate."));
        var bins = Statistics.Calibration(Evaluation);
        return Section("Calibration", Remark($"Where it says 80 %, 80 % should be right. Expected calibration error: {Percent(Statistics.CalibrationError(bins))}."), "<div class=\"charts\">",
            Chart.Lines("right", "confidence", (0, 1), (0, 1), new ChartLine("this model", "main", [.. bins.Select(b => (b.Confidence, b.Accuracy))]), new ChartLine("ideal", "other", [(0, 0), (1, 1)])), "</div>");
    }

    private string Split()
    {
        if (Nearest is null)
            return Section("Reliability of the split", Remark("Test photos were not compared with training photos: those are not at hand here, or too many."));
        NearestPair[] same = [.. Nearest.Where(t => t.Similarity >= NearDuplicates.Threshold)];
        return Section("Reliability of the split",
            Remark($"{same.Length} of {Nearest.Count} test photos have a training photo that is nearly the same (cosine of features {Number(NearDuplicates.Threshold)} or more); such photos make a result look better than it is. The nearest:"),
            Photos.Row(Nearest.Take(Math.Max(3, Math.Min(same.Length, Shown))).Select(t => Photos.Pair(t.Test, t.Train, string.Create(CultureInfo.InvariantCulture, $"{t.Similarity:0.000}: test, training")))));
    }

    private string LeftOut() => Section("Left out, and remarks", List(run.Skipped.Select(r => $"Left out: {r.Text}").Concat(run.Remarks.Select(r => $"Note: {r.Text}"))));
}
