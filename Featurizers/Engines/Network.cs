using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines;

/// <summary>A graph with the weights for it (and possibly for nodes that were cut off), which engines run, export or fold.</summary>
public sealed record Network(Graph Graph, StateDict Weights)
{
    /// <summary>The network up to a named node.</summary>
    public Network Until(string node) => this with { Graph = Graph.Until(node) };

    /// <summary>The network from images to probabilities: a softmax after its logits, and no auxiliary classifiers.</summary>
    public Network WithProbabilities() => this with { Graph = Graph.UntilOutput().With(logits => logits.Softmax("probabilities")) };

    /// <summary>The network from a named node's value on.</summary>
    public Network From(string node) => this with { Graph = Graph.From(node) };
}
