using TransferKit.Engines;

namespace TransferKit.Training;

/// <summary>A stretch of a training in which the same part of a network learns.</summary>
/// <param name="Options">How; its epochs are those of this phase.</param>
/// <param name="Network">The part that learns.</param>
/// <param name="Train">What it learns from.</param>
/// <param name="Validation">What chooses the best epoch; may be empty.</param>
internal sealed record TrainingPhase(TrainingOptions Options, Network Network, Batches Train, Batches Validation) : IDisposable
{
    /// <summary>The keys of parameters in it that stay as they are.</summary>
    public IReadOnlyCollection<string> Frozen { get; init; } = [];

    /// <summary>Says that no later run will need what was computed for it.</summary>
    public void Forget()
    {
        Train.Forget();
        Validation.Forget();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }
}
