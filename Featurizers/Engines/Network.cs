using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines;

/// <summary>A graph with its weights, which engines run, train, export or fold.</summary>
/// <param name="Graph">The architecture.</param>
/// <param name="Weights">The parameters and buffers by their keys; keys that the graph does not have are ignored.</param>
public sealed record Network(Graph Graph, StateDict Weights)
{
    private const string Head = "head";

    /// <summary>Returns the network up to a node, whose value becomes the output.</summary>
    /// <param name="node">A node, a block or an alias such as <c>features</c>.</param>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public Network Until(string node) => this with { Graph = Graph.Until(node) };

    /// <summary>Returns the part of the network after a node, whose value becomes the input.</summary>
    /// <param name="node">A node at which the graph can be cut; see <see cref="Cut.From(Graph, string)"/>.</param>
    /// <exception cref="ArgumentException">There is no such node, or the graph cannot be cut at it.</exception>
    public Network From(string node) => this with { Graph = Graph.From(node) };

    /// <summary>Returns the network with a softmax after its logits, without auxiliary classifiers.</summary>
    public Network WithProbabilities() => this with { Graph = Graph.UntilOutput().With(logits => logits.Softmax("probabilities")) };

    /// <summary>
    /// Returns the network with a linear classifier on its output, the features. The output of the classifier gets the alias
    /// <c>logits</c>.
    /// </summary>
    /// <param name="weights">For each class one weight per feature.</param>
    /// <param name="biases">The bias of each class.</param>
    /// <param name="unitLength">Whether features are divided by their Euclidean norm first.</param>
    public Network WithLinear(IReadOnlyList<float[]> weights, float[] biases, bool unitLength)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentNullException.ThrowIfNull(biases);
        var graph = Graph.UntilOutput().With(output =>
        {
            var features = AsVector(output);
            if (unitLength)
                features = features.UnitLength();
            return features.Linear(Head, biases.Length).As("logits");
        });
        var state = Weights.Renamed(key => key);
        float[] matrix = weights.SelectMany(row => row).ToArray();
        state[$"{Head}.weight"] = TensorData.From(matrix, biases.Length, Graph.Output.Shape.Count);
        state[$"{Head}.bias"] = TensorData.From(biases, biases.Length);
        return new Network(graph, state);
    }

    /// <summary>
    /// Returns the network whose output, a vector, is followed by the flattened value of a node: one run gives both, the logits and the
    /// features, for example.
    /// </summary>
    /// <param name="node">A node, a block or an alias such as <c>features</c>.</param>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public Network AndValueOf(string node)
    {
        var added = Graph.Find(node);
        return this with { Graph = Graph.UntilOutput().With(output => output.Concat(AsVector(new Value(output.Graph, added)))) };
    }

    private static Value AsVector(Value value) => value.Shape.IsVector ? value : value.Flatten();
}
