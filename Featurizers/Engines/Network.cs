using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines;

/// <summary>A graph with the weights for it (and possibly for nodes that were cut off), which engines run, export or fold.</summary>
public sealed record Network(Graph Graph, StateDict Weights)
{
    private const string Head = "head";

    /// <summary>The network up to a named node.</summary>
    public Network Until(string node) => this with { Graph = Graph.Until(node) };

    /// <summary>The network from images to probabilities: a softmax after its logits, and no auxiliary classifiers.</summary>
    public Network WithProbabilities() => this with { Graph = Graph.UntilOutput().With(logits => logits.Softmax("probabilities")) };

    /// <summary>The network with a linear classifier on its output, features; it replaces what is called logits.</summary>
    /// <param name="weights">For each class as many numbers as there are features.</param>
    /// <param name="biases">One for each class.</param>
    /// <param name="unitLength">Whether features are scaled to length 1 first.</param>
    public Network WithLinear(IReadOnlyList<float[]> weights, float[] biases, bool unitLength)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(biases);
        var graph = Graph.UntilOutput().With(features => (unitLength ? Vector(features).UnitLength() : Vector(features)).Linear(Head, biases.Length).As("logits"));
        var state = Weights.Renamed(key => key);
        state[$"{Head}.weight"] = TensorData.From(weights.SelectMany(w => w).ToArray(), biases.Length, Graph.Output.Shape.Count);
        state[$"{Head}.bias"] = TensorData.From(biases, biases.Length);
        return new Network(graph, state);
    }

    /// <summary>The network whose output, a vector, is followed by the value of a node: both in one run.</summary>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public Network AndValueOf(string node) =>
        this with { Graph = Graph.UntilOutput().With(output => output.Concat(Vector(new Value(output.Graph, Graph.Find(node))))) };

    /// <summary>The network from a named node's value on.</summary>
    public Network From(string node) => this with { Graph = Graph.From(node) };

    private static Value Vector(Value value) => value.Shape.IsVector ? value : value.Flatten();
}
