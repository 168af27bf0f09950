using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>What each operator computes, in libtorch.</summary>
internal static class TorchOperators
{
    /// <summary>Computes a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="x">The values it reads; they are left to the caller.</param>
    /// <param name="state">All parameters and buffers by key; null where there is none.</param>
    /// <param name="training">Whether dropout drops.</param>
    /// <param name="statistics">Whether batch normalization takes the batch's statistics and moves its own.</param>
    public static Tensor Apply(Node node, Tensor[] x, Func<string, Tensor> state, bool training, bool statistics)
    {
        switch (node.Operator)
        {
            case Conv c:
                using (Tensor weight = In(x[0], state($"{node.Layer}.weight"))!, bias = In(x[0], state($"{node.Layer}.bias"))!)
                    return F.conv2d(x[0], weight, bias, [c.Stride, c.Stride], [c.Padding.Height, c.Padding.Width], groups: c.Groups);
            case ConvNorm c:
                return c.Apply(x[0], node.Layer, state);
            case BatchNorm b:
                if (statistics && x[0].shape[0] * x[0].shape[2] * x[0].shape[3] == 1)
                    throw new InvalidOperationException($"'{node.Name}' has one value a channel, whose variance is unknown: train with batches of at least 2 images.");
                if (statistics)
                    using (no_grad())
                        state($"{node.Layer}.num_batches_tracked").Increment();
                return F.batch_norm(x[0], state($"{node.Layer}.running_mean"), state($"{node.Layer}.running_var"), state($"{node.Layer}.weight"), state($"{node.Layer}.bias"), statistics, b.Momentum, b.Epsilon);
            case Linear l:
                using (Tensor weight = In(x[0], state($"{node.Layer}.weight"))!, matrix = weight.flatten(1), bias = In(x[0], state($"{node.Layer}.bias"))!)
                    return F.linear(x[0], matrix, bias);
            case MaxPool p:
                return F.max_pool2d(x[0], p.Kernel, p.Stride, p.Padding, ceil_mode: p.Ceiling);
            case AveragePool p:
                return F.avg_pool2d(x[0], p.Kernel, p.Stride, p.Padding, count_include_pad: p.CountPadding);
            case AdaptiveAveragePool p:
                return F.adaptive_avg_pool2d(x[0], p.Size);
            case GlobalAverage:
                return x[0].mean([2, 3]);
            case Flatten:
                return x[0].flatten(1);
            case Activation f:
                return Activate(f, x[0]);
            case Dropout d:
                return F.dropout(x[0], d.Probability, training);
            case StochasticDepth d:
                return DropImages(x[0], training ? d.Probability : 0);
            case Concat:
                return cat(x, 1);
            case Upsample:
                return F.interpolate(x[0], size: [x[1].shape[2], x[1].shape[3]], mode: InterpolationMode.Nearest);
            case Add:
                return x[0].Plus(x[1]);
            case Softmax:
                return F.softmax(x[0], 1);
            case UnitLength:
                return F.normalize(x[0], 2, 1);
            case Rescale:
                return x[0] * x[1];
            case ChannelSlice c:
                return x[0].narrow(1, c.Start, c.Count);
            case ChannelShuffle c:
                return Shuffle(x[0], c.Groups);
            default:
                throw new NotSupportedException($"The Torch engine does not know the operator {node.Operator.Kind} of node '{node.Name}'.");
        }
    }

    // Parameters stay in single precision; a layer computes in the type of what it is given.
    private static Tensor? In(Tensor x, Tensor? parameter) => parameter?.to(x.dtype);

    private static Tensor Activate(Activation activation, Tensor x) => activation switch
    {
        Relu => F.relu(x),
        Relu6 => F.relu6(x),
        Tanh => F.tanh(x),
        Sigmoid => F.sigmoid(x),
        Silu => F.silu(x),
        HardSigmoid => F.hardsigmoid(x),
        HardSwish => F.hardswish(x),
        _ => throw new NotSupportedException($"The Torch engine does not know the activation {activation.Kind}."),
    };

    // What is kept is scaled up, so that the expected value stays.
    private static Tensor DropImages(Tensor x, double probability)
    {
        if (probability == 0)
            return x.alias();
        using var keep = empty([x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)], x.dtype, x.device).bernoulli_(1 - probability);
        using var scaled = keep.Times(1 / (1 - probability));
        return x * scaled;
    }

    private static Tensor Shuffle(Tensor x, int groups)
    {
        var (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        using var grouped = x.reshape(n, groups, c / groups, h, w);
        using var swapped = grouped.transpose(1, 2);
        return swapped.reshape(n, c, h, w);
    }
}
