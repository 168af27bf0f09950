using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>
/// A convolution fused with the batch normalization after it, for training with frozen statistics. The weights are scaled in each step, so
/// gradients reach the parameters of both layers, but no pass over the feature map is spent on the normalization.
/// </summary>
/// <param name="Conv">The convolution.</param>
/// <param name="ConvName">The layer of the convolution, by which its parameters are found.</param>
/// <param name="Norm">The batch normalization.</param>
internal sealed record ConvNorm(Conv Conv, string ConvName, BatchNorm Norm) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Conv.Infer(inputs);

    /// <summary>Returns a graph in which each convolution that only a batch normalization reads is fused with it.</summary>
    public static Graph Fuse(Graph graph)
    {
        var normOfConv = graph.NormalizedConvolutions();
        // The value of a node with an alias may be asked for, so it stays.
        foreach (var named in graph.Aliases.Values)
            normOfConv.Remove(named);
        return graph.Rewrite((node, inputs) =>
        {
            if (normOfConv.ContainsKey(node))
                return inputs[0];
            if (node.Operator is BatchNorm norm && normOfConv.ContainsKey(node.Inputs[0]))
            {
                var conv = node.Inputs[0];
                return new Node(node.Name, new ConvNorm((Conv)conv.Operator, conv.Layer, norm), inputs);
            }
            return node.With(inputs);
        });
    }

    /// <summary>Computes the output.</summary>
    /// <param name="x">The feature map.</param>
    /// <param name="normName">The layer of the batch normalization.</param>
    /// <param name="state">The parameters and buffers by key.</param>
    public Tensor Apply(Tensor x, string normName, Func<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        var scale = state($"{normName}.weight") / state($"{normName}.running_var").Plus(Norm.Epsilon).sqrt();
        var shift = state($"{normName}.bias") - state($"{normName}.running_mean") * scale;
        var weight = TorchNetwork.ChannelsLast(state($"{ConvName}.weight") * scale.reshape(-1, 1, 1, 1));
        var bias = Conv.Bias ? shift.Plus(state($"{ConvName}.bias") * scale) : shift;
        long[] strides = [Conv.Stride, Conv.Stride], padding = [Conv.Padding.Height, Conv.Padding.Width];
        return F.conv2d(x, weight.to(x.dtype), bias.to(x.dtype), strides, padding, groups: Conv.Groups).MoveToOuterDisposeScope();
    }
}
