using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>The content of a checkpoint.</summary>
/// <param name="State">The state of the training.</param>
/// <param name="Weights">Tensors by their owner: <c>model</c>, <c>best</c>, <c>average</c> and <c>optimizer</c>.</param>
internal sealed record CheckpointFile(TrainingState State, Dictionary<string, StateDict> Weights);
