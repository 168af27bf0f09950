using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Pipelines.Evaluating;

/// <summary>Writes an evaluation as text for a terminal.</summary>
internal static class EvaluationText
{
    /// <summary>Above this number of classes the confusion matrix would not fit into a terminal.</summary>
    public const int MaxClasses = 20;

    // Of more classes, so many of the worst classes and of the most confused pairs are written.
    private const int WorstCount = 10;

    public static string Of(Evaluation evaluation)
    {
        bool fits = evaluation.Classes.Count <= MaxClasses;
        string tables = fits ? $"{Metrics(evaluation.PerClass)}\n{Matrix(evaluation)}" : Worst(evaluation);
        return $"{tables}Accuracy {Percent(evaluation.Accuracy)} ({evaluation.Correct} of {evaluation.Total} correct), " +
            $"95 % confidence interval {evaluation.AccuracyInterval}{Calibration(evaluation)}";
    }

    /// <summary>Writes the calibration error as the rest of a sentence; nothing where the scores are not probabilities.</summary>
    public static string Calibration(Evaluation evaluation) =>
        evaluation.CalibrationError is { } error ? $", expected calibration error {Percent(error)}" : "";

    private static string Metrics(IEnumerable<ClassMetrics> classes) => TextTable.Format(
        ["class", "images", "correct", "precision", "recall", "F1"],
        classes.Select(c => new[]
        {
            c.Label, $"{c.Total}", $"{c.Correct}", Percent(c.Precision), c.Total == 0 ? "–" : Percent(c.Recall), Number(c.F1, "0.000"),
        }));

    private static string Matrix(Evaluation evaluation)
    {
        var rows = evaluation.Classes.Zip(evaluation.Confusion, (label, counts) => (string[])[label, .. counts.Select(Cell)]);
        return TextTable.Format(["true \\ predicted", .. evaluation.Classes], rows);

        static string Cell(int count) => count == 0 ? "." : $"{count}";
    }

    private static string Worst(Evaluation evaluation)
    {
        var worst = evaluation.PerClass.Where(c => c.Total > 0).OrderBy(c => c.F1).Take(WorstCount);
        var pairs = Statistics.MostConfused(evaluation).Take(WorstCount);
        return $"Classes with the lowest F1, of {evaluation.Classes.Count} classes:\n{Metrics(worst)}\n" +
            $"Most confused pairs (the HTML report has the whole confusion matrix):\n{string.Concat(pairs.Select(p => $"{p}\n"))}\n";
    }
}
