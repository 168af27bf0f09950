using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>The size and the cost of one node of a graph.</summary>
/// <param name="Name">The name of the node.</param>
/// <param name="Kind">The name of its operator.</param>
/// <param name="Shape">The shape of its value for one image.</param>
/// <param name="Parameters">The number of trainable parameters; running statistics do not count.</param>
/// <param name="MultiplyAccumulates">
/// The multiply-accumulates (MACs) for one image in convolutions and linear layers. They are 0 for nodes that the output does not need,
/// such as auxiliary classifiers.
/// </param>
/// <param name="ReceptiveField">The receptive field of its value.</param>
public sealed record NodeSummary(
    string Name, string Kind, Shape Shape, long Parameters, long MultiplyAccumulates, ReceptiveField ReceptiveField);
