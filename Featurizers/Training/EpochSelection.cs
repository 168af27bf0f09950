namespace TransferKit.Training;

/// <summary>How a task compares epochs: which one is the best, and by what it stops early.</summary>
/// <param name="Metric">The name of the validation metric.</param>
/// <param name="ByLoss">Whether the best epoch has the lowest validation loss instead of the highest metric.</param>
internal sealed record EpochSelection(string Metric, bool ByLoss = false)
{
    /// <summary>
    /// Returns whether an epoch is better than the best one before it. Without validation images, the last epoch is the best.
    /// </summary>
    public bool IsBetter(EpochMetrics epoch, EpochMetrics best)
    {
        if (epoch.ValidationLoss is null)
            return true;
        double? value = ValueOf(epoch), bestValue = ValueOf(best);
        return ByLoss || value == bestValue ? epoch.ValidationLoss < best.ValidationLoss : value > bestValue;
    }

    /// <summary>Returns the validation metric of an epoch, or null without validation images.</summary>
    public double? ValueOf(EpochMetrics epoch) => epoch.ValidationMetrics.TryGetValue(Metric, out double value) ? value : null;
}
