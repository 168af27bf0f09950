namespace TransferKit.Training;

/// <summary>When a training ends before its last epoch. Needs validation images.</summary>
/// <param name="MinDelta">By how much the validation accuracy must rise to count as better, from 0 to 1.</param>
/// <param name="Patience">How many epochs without a better one end the training.</param>
public sealed record EarlyStopping(double MinDelta = 0, int Patience = 5)
{
    /// <summary>Whether to stop after these epochs.</summary>
    internal bool IsOver(IEnumerable<EpochMetrics> epochs)
    {
        double best = double.NegativeInfinity;
        int without = 0;
        foreach (var epoch in epochs)
            (best, without) = epoch.ValidationAccuracy > best + MinDelta ? (epoch.ValidationAccuracy.Value, 0) : (best, without + 1);
        return without >= Patience;
    }

    internal void Validate()
    {
        if (Patience < 1 || !(MinDelta >= 0 && MinDelta < 1))
            throw new ArgumentException($"Stopping after {Patience} epochs that are not better by {MinDelta} is impossible: 1 or more, and from 0 to below 1.");
    }
}
