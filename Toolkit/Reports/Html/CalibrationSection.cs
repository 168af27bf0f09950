using TransferKit.Display;
using TransferKit.Pipelines.Evaluating;
using static TransferKit.Display.Html;

namespace TransferKit.Toolkit.Reports.Html;

/// <summary>The section of a report with the reliability diagram and the expected calibration error.</summary>
internal static class CalibrationSection
{
    /// <summary>Returns the section.</summary>
    /// <param name="evaluation">The result on the test photos.</param>
    public static string Of(Evaluation evaluation)
    {
        if (evaluation.CalibrationError is not { } error)
            return Section("Calibration",
                Remark("This classifier returns decision values and no probabilities, so its calibration cannot be measured."));
        var bins = Statistics.Calibration(evaluation);
        var model = new ChartLine("this model", LineStyle.Solid, [.. bins.Select(b => (b.Confidence, b.Accuracy))]);
        var ideal = new ChartLine("ideal", LineStyle.Dashed, [(0, 0), (1, 1)]);
        return Section("Calibration",
            Remark("Of the predictions with a confidence of 80 %, 80 % should be correct. "
                + $"Expected calibration error: {Percent(error)}."),
            "<div class=\"charts\">", Chart.Lines("accuracy", "confidence", (0, 1), (0, 1), model, ideal), "</div>");
    }
}
