using System.Globalization;
using TransferKit.Training;

namespace TransferKit.Toolkit;

/// <summary>Says which epoch of a training was kept, and why the training ended early where it did.</summary>
internal static class TrainingOutcome
{
    /// <summary>Returns text such as "Kept epoch 7 of 12 (validation accuracy 91.2 %)."</summary>
    /// <param name="history">The metrics of each epoch.</param>
    /// <param name="bestEpoch">The number of the best epoch, counted from 1.</param>
    /// <param name="options">The options of the training.</param>
    /// <param name="interrupted">Whether the user has ended the training.</param>
    public static string Describe(TrainingHistory history, int bestEpoch, TrainingOptions options, bool interrupted)
    {
        string[] metrics = [.. history[bestEpoch - 1].ValidationMetrics.Select(m =>
            string.Create(CultureInfo.InvariantCulture, $"validation {m.Key} {100 * m.Value:0.0} %"))];
        string value = metrics.Length > 0 ? string.Join(", ", metrics) : "the last, because there are no validation images";
        string kept = $"Kept epoch {bestEpoch} of {options.Epoch} ({value}).";
        if (history.Count >= options.Epoch)
            return kept;
        string reason = interrupted ? "it was interrupted (--resume goes on with it)"
            : $"no epoch of the last {options.EarlyStoppingCriteria?.Patience} was better (--patience)";
        return $"{kept} The training ended early, after epoch {history.Count}: {reason}.";
    }
}
