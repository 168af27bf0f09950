using TransferKit.Engines;

namespace TransferKit.Training;

/// <summary>A phase of a training, in which the same layers are trained.</summary>
/// <param name="Name">The layers that are trained, such as <c>last layer</c>.</param>
/// <param name="Options">The options; their epochs are those of this phase.</param>
/// <param name="Network">The network of the trained layers.</param>
/// <param name="Train">The training examples.</param>
/// <param name="Validation">The validation examples; may be none.</param>
internal sealed record TrainingPhase(string Name, TrainingOptions Options, Network Network, DataLoader Train, DataLoader Validation)
    : IDisposable
{
    /// <summary>The <see cref="Name"/> of a phase that trains all layers.</summary>
    public const string AllLayers = "all layers";

    /// <summary>The keys of parameters that are not trained.</summary>
    public IReadOnlyCollection<string> FrozenParameters { get; init; } = [];

    /// <inheritdoc cref="DataLoader.DeleteOnDispose"/>
    public void DeleteOnDispose()
    {
        Train.DeleteOnDispose();
        Validation.DeleteOnDispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Train.Dispose();
        Validation.Dispose();
    }
}
