using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines;

/// <summary>Folds batch normalization into the weights of the convolution before it, for inference.</summary>
public static class Fold
{
    /// <summary>
    /// Returns a network with the same output in which each batch normalization that alone reads a convolution is folded into it.
    /// Nodes and parameters that the output does not need, such as auxiliary classifiers, are removed.
    /// </summary>
    /// <param name="network">The network; it is not changed.</param>
    public static Network FoldBatchNorm(this Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        var source = network.Graph.UntilOutput();
        var normOfConv = source.NormalizedConvolutions();
        var foldedNorms = normOfConv.Values.ToHashSet();
        var weights = new StateDict();
        var graph = source.Rewrite((node, inputs) =>
        {
            if (normOfConv.TryGetValue(node, out var norm))
            {
                FoldWeights(node, norm, network.Weights, weights);
                return node.With(inputs, (Conv)node.Operator with { Bias = true });
            }
            if (foldedNorms.Contains(node) || node.Operator is UnusedParameter)
                return inputs[0];
            foreach (var parameter in node.Parameters)
                weights[node.Key(parameter)] = network.Weights[node.Key(parameter)];
            return node.With(inputs);
        });
        return new Network(graph, weights);
    }

    /// <summary>Folds whatever inference does not need as a layer of its own: batch normalization and layer scale.</summary>
    internal static Network ForInference(this Network network) => network.FoldBatchNorm().FoldLayerScale();

    /// <summary>Returns how many inputs each value is of; values that none reads are left out.</summary>
    internal static Dictionary<Node, int> ReaderCounts(this Graph graph) =>
        graph.Nodes.SelectMany(node => node.Inputs).CountBy(input => input).ToDictionary();

    /// <summary>Finds the convolutions that only a batch normalization reads; maps each to that normalization.</summary>
    internal static Dictionary<Node, Node> NormalizedConvolutions(this Graph graph)
    {
        var readers = graph.ReaderCounts();
        return graph.Nodes
            .Where(node => node.Operator is BatchNorm && node.Inputs[0].Operator is Conv && readers[node.Inputs[0]] == 1)
            .ToDictionary(node => node.Inputs[0]);
    }

    // With running statistics, batch normalization is y = (x - mean) / sqrt(variance + epsilon) * gamma + beta for each channel.
    private static void FoldWeights(Node conv, Node norm, StateDict source, StateDict target)
    {
        var weight = source[$"{conv.Layer}.weight"];
        float[] kernel = weight.Floats().ToArray();
        int channels = weight.Dimensions[0], kernelSize = kernel.Length / channels;
        float[] bias = source.TryGetValue($"{conv.Layer}.bias", out var oldBias) ? oldBias.Floats().ToArray() : new float[channels];
        var gamma = source[$"{norm.Layer}.weight"].Floats();
        var beta = source[$"{norm.Layer}.bias"].Floats();
        var mean = source[$"{norm.Layer}.running_mean"].Floats();
        var variance = source[$"{norm.Layer}.running_var"].Floats();
        double epsilon = ((BatchNorm)norm.Operator).Epsilon;
        for (int c = 0; c < channels; c++)
        {
            double scale = gamma[c] / Math.Sqrt(variance[c] + epsilon);
            foreach (ref float w in kernel.AsSpan(c * kernelSize, kernelSize))
                w = (float)(w * scale);
            bias[c] = (float)((bias[c] - mean[c]) * scale + beta[c]);
        }
        target[$"{conv.Layer}.weight"] = TensorData.From(kernel, weight.Dimensions);
        target[$"{conv.Layer}.bias"] = TensorData.From(bias, channels);
    }
}
