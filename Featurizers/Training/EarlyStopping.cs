namespace TransferKit.Training;

/// <summary>Ends a training when the validation metric of the task (accuracy, AP50 or agreement) stops improving.</summary>
/// <param name="MinDelta">The least increase of the metric that counts as an improvement, from 0 to below 1.</param>
/// <param name="Patience">The number of epochs without improvement after which the training ends, at least 1.</param>
public sealed record EarlyStopping(double MinDelta = 0, int Patience = 5)
{
    /// <summary>Returns whether to stop after epochs with these values of the validation metric.</summary>
    internal bool ShouldStop(IEnumerable<double?> values)
    {
        double best = double.NegativeInfinity;
        int epochsWithoutImprovement = 0;
        foreach (double? value in values)
        {
            bool improved = value > best + MinDelta;
            best = improved ? value!.Value : best;
            epochsWithoutImprovement = improved ? 0 : epochsWithoutImprovement + 1;
        }
        return epochsWithoutImprovement >= Patience;
    }

    internal void Validate()
    {
        if (Patience < 1)
            throw new ArgumentException($"A patience of {Patience} epochs is invalid: it must be at least 1 (5 is a good start).");
        if (!(MinDelta is >= 0 and < 1))
            throw new ArgumentException($"A minimum improvement of {MinDelta} is invalid: it must be at least 0 and below 1.");
    }
}
