using System.Globalization;
using TransferKit.Training;

namespace TransferKit.Toolkit.Reports;

/// <summary>The metrics of a training as a CSV table with a row per epoch.</summary>
internal static class MetricsTable
{
    /// <summary>
    /// Returns the lines of the table. Its columns are phase, epoch, learning_rate, loss, the training metrics (such as accuracy),
    /// validation_loss, the validation metrics (such as validation_accuracy), and seconds.
    /// </summary>
    public static IEnumerable<string> Lines(TrainingHistory history)
    {
        string[] training = [.. history.SelectMany(m => m.TrainingMetrics.Keys).Distinct()];
        string[] validation = [.. history.SelectMany(m => m.ValidationMetrics.Keys).Distinct()];
        var trainingNames = training.Select(Name);
        var validationNames = validation.Select(n => $"validation_{Name(n)}");
        string[] header = ["phase", "epoch", "learning_rate", "loss", .. trainingNames, "validation_loss", .. validationNames, "seconds"];
        yield return string.Join(',', header);
        foreach (var m in history)
        {
            var trainingMetrics = training.Select(n => Value(m.TrainingMetrics, n));
            var validationMetrics = validation.Select(n => Value(m.ValidationMetrics, n));
            double?[] values = [m.LearningRate, m.Loss, .. trainingMetrics, m.ValidationLoss, .. validationMetrics, m.Seconds];
            string numbers = string.Join(',', values.Select(v => v?.ToString(CultureInfo.InvariantCulture)));
            yield return $"{m.Phase},{m.Epoch},{numbers}";
        }
    }

    private static string Name(string metric) => metric.Replace(' ', '_');

    private static double? Value(IReadOnlyDictionary<string, double> metrics, string name) =>
        metrics.TryGetValue(name, out double value) ? value : null;
}
