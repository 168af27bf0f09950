using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines;

/// <summary>Folds batch normalization into the convolution before it, for networks that are not trained.</summary>
public static class Fold
{
    /// <summary>
    /// A network that gives the same output, without the normalizations that follow a convolution nothing else reads, and without what
    /// only auxiliary values need.
    /// </summary>
    public static Network FoldBatchNorm(this Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var whole = network.Graph.UntilOutput();
        var folded = whole.NormalizedConvolutions();
        var weights = new StateDict();
        var graph = whole.Rewrite((node, inputs) =>
        {
            if (folded.TryGetValue(node, out var norm))
            {
                FoldOne(node, norm, network.Weights, weights);
                return node.With(inputs, (Conv)node.Operator with { Bias = true });
            }
            if (folded.ContainsValue(node))
                return inputs[0];
            foreach (var parameter in node.Parameters)
                weights[node.Key(parameter)] = network.Weights[node.Key(parameter)];
            return node.With(inputs);
        });
        return new Network(graph, weights);
    }

    /// <summary>The convolutions that only a normalization reads, each with that normalization.</summary>
    internal static Dictionary<Node, Node> NormalizedConvolutions(this Graph graph)
    {
        var readers = graph.Nodes.SelectMany(n => n.Inputs).GroupBy(i => i).ToDictionary(g => g.Key, g => g.Count());
        return graph.Nodes
            .Where(n => n.Operator is BatchNorm && n.Inputs[0].Operator is Conv && readers[n.Inputs[0]] == 1)
            .ToDictionary(n => n.Inputs[0]);
    }

    // With running statistics a normalization is y = (x - mean) / sqrt(var + eps) * weight + bias, per channel.
    private static void FoldOne(Node conv, Node norm, StateDict from, StateDict to)
    {
        var weight = from[$"{conv.Layer}.weight"];
        float[] kernel = weight.Floats().ToArray();
        int channels = weight.Dimensions[0], area = kernel.Length / channels;
        float[] bias = from.TryGetValue($"{conv.Layer}.bias", out var old) ? old.Floats().ToArray() : new float[channels];
        ReadOnlySpan<float> gamma = from[$"{norm.Layer}.weight"].Floats(), beta = from[$"{norm.Layer}.bias"].Floats();
        ReadOnlySpan<float> mean = from[$"{norm.Layer}.running_mean"].Floats(), variance = from[$"{norm.Layer}.running_var"].Floats();
        double epsilon = ((BatchNorm)norm.Operator).Epsilon;
        for (int c = 0; c < channels; c++)
        {
            double scale = gamma[c] / Math.Sqrt(variance[c] + epsilon);
            foreach (ref float w in kernel.AsSpan(c * area, area))
                w = (float)(w * scale);
            bias[c] = (float)((bias[c] - mean[c]) * scale + beta[c]);
        }
        to[$"{conv.Layer}.weight"] = TensorData.From(kernel, weight.Dimensions);
        to[$"{conv.Layer}.bias"] = TensorData.From(bias, channels);
    }
}
