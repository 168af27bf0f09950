using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>
/// A convolution and the normalization after it, whose statistics are frozen, as one convolution of scaled weights: gradients reach all
/// parameters of both, and neither pass goes over the map a second time.
/// </summary>
internal sealed record ConvNorm(Conv Conv, string ConvName, BatchNorm Norm) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Conv.Infer(inputs);

    /// <summary>A graph whose convolutions take over the normalizations that alone read them.</summary>
    public static Graph Fuse(Graph graph)
    {
        var taken = graph.NormalizedConvolutions();
        // What has a name of its own may be asked for.
        foreach (var named in graph.Aliases.Values)
            taken.Remove(named);
        return graph.Rewrite((node, read) =>
        {
            if (taken.ContainsKey(node))
                return read[0];
            return node.Operator is BatchNorm norm && taken.ContainsKey(node.Inputs[0])
                ? new Node(node.Name, new ConvNorm((Conv)node.Inputs[0].Operator, node.Inputs[0].Layer, norm), read)
                : node.With(read);
        });
    }

    /// <summary>Computes it.</summary>
    public Tensor Apply(Tensor x, string normName, Func<string, Tensor> state)
    {
        using var scope = NewDisposeScope();
        var scale = state($"{normName}.weight") / state($"{normName}.running_var").Plus(Norm.Epsilon).sqrt();
        var shift = state($"{normName}.bias") - state($"{normName}.running_mean") * scale;
        var weight = TorchNetwork.ChannelsLast(state($"{ConvName}.weight") * scale.reshape(-1, 1, 1, 1));
        var bias = Conv.Bias ? shift.Plus(state($"{ConvName}.bias") * scale) : shift;
        return F.conv2d(x, weight.to(x.dtype), bias.to(x.dtype), [Conv.Stride, Conv.Stride], [Conv.Padding.Height, Conv.Padding.Width], groups: Conv.Groups).MoveToOuterDisposeScope();
    }
}
