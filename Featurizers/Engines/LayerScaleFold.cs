using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines;

/// <summary>Folds layer scale into the weights of the linear layer before it, for inference.</summary>
internal static class LayerScaleFold
{
    /// <summary>
    /// Returns a network with the same output in which each layer scale that alone reads a linear layer is folded into it.
    /// </summary>
    /// <param name="network">The network; it is not changed.</param>
    public static Network FoldLayerScale(this Network network)
    {
        var readers = network.Graph.ReaderCounts();
        var foldedScales = new HashSet<Node>();
        var weights = network.Weights.Renamed(key => key);
        foreach (var scale in network.Graph.Nodes.Where(node => node.Operator is LayerScale))
        {
            if (LinearBefore(scale) is not { } linear)
                continue;
            foldedScales.Add(scale);
            var factors = network.Weights[scale.Key(scale.Parameters[0])].Floats();
            foreach (string key in linear.Parameters.Select(linear.Key))
                weights[key] = Scaled(network.Weights[key], factors);
        }
        var graph = network.Graph.Rewrite((node, inputs) => foldedScales.Contains(node) ? inputs[0] : node.With(inputs));
        return new Network(graph, weights);

        // Null where another node reads a value between the two.
        Node? LinearBefore(Node scale)
        {
            var before = scale.Inputs[0];
            if (before.Operator is ToMap && readers[before] == 1)
                before = before.Inputs[0];
            return before.Operator is Linear && readers[before] == 1 ? before : null;
        }
    }

    private static TensorData Scaled(TensorData parameter, ReadOnlySpan<float> factors)
    {
        float[] values = parameter.Floats().ToArray();
        int count = values.Length / factors.Length;
        for (int i = 0; i < values.Length; i++)
            values[i] *= factors[i / count];
        return TensorData.From(values, parameter.Dimensions);
    }
}
