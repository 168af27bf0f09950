using TransferKit.Graphs;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Engines.Torch;

/// <summary>Computes each operator in libtorch.</summary>
internal static class TorchOperators
{
    /// <summary>Computes the value of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="inputs">The values of its inputs; the caller disposes them.</param>
    /// <param name="state">Returns a parameter or buffer by its key, or null where there is none.</param>
    /// <param name="training">Whether dropout is active.</param>
    /// <param name="useBatchStatistics">Whether batch normalization uses the statistics of the batch and updates its running ones.</param>
    public static Tensor Apply(Node node, Tensor[] inputs, Func<string, Tensor> state, bool training, bool useBatchStatistics)
    {
        var x = inputs[0];
        return node.Operator switch
        {
            Conv conv => Convolve(conv, node, x, state),
            ConvNorm convNorm => convNorm.Apply(x, node.Layer, state),
            BatchNorm norm => Normalize(norm, node, x, state, useBatchStatistics),
            Linear => ApplyLinear(node, x, state),
            MaxPool pool => F.max_pool2d(x, pool.Kernel, pool.Stride, pool.Padding, ceil_mode: pool.CeilMode),
            AveragePool pool => F.avg_pool2d(x, pool.Kernel, pool.Stride, pool.Padding, count_include_pad: pool.CountIncludePad),
            AdaptiveAveragePool pool => F.adaptive_avg_pool2d(x, pool.Size),
            GlobalAverage => x.mean([2, 3]),
            Flatten => x.flatten(1),
            Unflatten unflatten => x.reshape([-1, .. unflatten.Map.Dimensions]),
            Pad pad => F.pad(x, [pad.Left, pad.Right, pad.Top, pad.Bottom], value: pad.Lowest ? float.MinValue : 0),
            PRelu => Slope(x, node, state),
            Activation activation => TorchActivations.Apply(activation, x),
            Dropout dropout => F.dropout(x, dropout.Probability, training),
            StochasticDepth depth => DropImages(x, training ? depth.Probability : 0),
            Concat => cat(inputs, 1),
            Upsample => F.interpolate(x, size: [inputs[1].shape[2], inputs[1].shape[3]], mode: InterpolationMode.Nearest),
            UpsampleBy upsample => F.interpolate(x, size: [upsample.Factor * x.shape[2], upsample.Factor * x.shape[3]],
                mode: InterpolationMode.Nearest),
            Add => x.Plus(inputs[1]),
            Multiply => x * inputs[1],
            Scale => ScaleChannels(x, node, state),
            Bias => AddBias(x, node, state),
            Softmax => F.softmax(x, 1),
            UnitLength => F.normalize(x, 2, 1),
            Rescale => x * inputs[1],
            ChannelSlice slice => x.narrow(1, slice.Start, slice.Count),
            ChannelShuffle shuffle => Shuffle(x, shuffle.Groups),
            AttentionWeights => ApplyTokens(node, x, state),
            ToTokens or ToMap or LearnedTokens or PositionEmbedding or LayerNorm or Attention or LayerScale or UnusedParameter or TakeToken
                or MeanOfTokens or Projection or WindowAttention or MergePatches or SwiGlu => ApplyTokens(node, x, state),
            FakeQuantize quantize => Round(x, quantize),
            Times times => x.Times(times.Factor),
            _ => throw new NotSupportedException(
                $"The Torch engine does not support the operator {node.Operator.Kind} of node '{node.Name}'."),
        };
    }

    private static Tensor Round(Tensor x, FakeQuantize op)
    {
        using var scope = NewDisposeScope();
        var levels = x.Times(1 / (double)op.Scale).round().Clamp(-op.ZeroPoint, byte.MaxValue - op.ZeroPoint);
        // Rounding has no gradient of its own, so that of its input is taken (the straight-through estimator).
        var error = levels.Times(op.Scale).Plus(x.Times(-1)).detach();
        return x.Plus(error).MoveToOuterDisposeScope();
    }

    private static Tensor ApplyTokens(Node node, Tensor x, Func<string, Tensor> state)
    {
        Tensor[] parameters = [.. node.Parameters.Select(parameter => ToTypeOf(x, state(node.Key(parameter)))!)];
        var value = TorchTokens.Apply(node, x, parameters);
        foreach (var parameter in parameters)
            parameter.Dispose();
        return value;
    }

    private static Tensor Convolve(Conv conv, Node node, Tensor x, Func<string, Tensor> state)
    {
        using Tensor? weight = ToTypeOf(x, state($"{node.Layer}.weight")), bias = ToTypeOf(x, state($"{node.Layer}.bias"));
        long[] strides = [conv.Stride, conv.Stride], padding = [conv.Padding.Height, conv.Padding.Width];
        long[] dilations = [conv.Dilation, conv.Dilation];
        return F.conv2d(x, weight!, bias!, strides, padding, dilations, conv.Groups);
    }

    private static Tensor ApplyLinear(Node node, Tensor x, Func<string, Tensor> state)
    {
        using Tensor? weight = ToTypeOf(x, state($"{node.Layer}.weight")), bias = ToTypeOf(x, state($"{node.Layer}.bias"));
        // Weights stored as convolutions have two more dimensions of size 1.
        using var matrix = weight!.flatten(1);
        return F.linear(x, matrix, bias!);
    }

    private static Tensor Normalize(BatchNorm norm, Node node, Tensor x, Func<string, Tensor> state, bool useBatchStatistics)
    {
        if (useBatchStatistics)
        {
            long valuesPerChannel = x.numel() / x.shape[1];
            if (valuesPerChannel == 1)
            {
                throw new InvalidOperationException($"'{node.Name}' has one value per channel, whose variance is undefined: " +
                    "train with batches of at least 2 images.");
            }
            using (no_grad())
                state($"{node.Layer}.num_batches_tracked").Increment();
        }
        Tensor mean = state($"{node.Layer}.running_mean"), variance = state($"{node.Layer}.running_var");
        Tensor weight = state($"{node.Layer}.weight"), bias = state($"{node.Layer}.bias");
        return F.batch_norm(x, mean, variance, weight, bias, useBatchStatistics, norm.Momentum, norm.Epsilon);
    }

    private static Tensor ScaleChannels(Tensor x, Node node, Func<string, Tensor> state)
    {
        using Tensor weight = ToTypeOf(x, state($"{node.Layer}.weight"))!, bias = ToTypeOf(x, state($"{node.Layer}.bias"))!;
        long[] shape = x.dim() == 2 ? [1, -1] : [1, -1, 1, 1];
        using Tensor weights = weight.reshape(shape), biases = bias.reshape(shape), scaled = x * weights;
        return scaled.Plus(biases);
    }

    private static Tensor AddBias(Tensor x, Node node, Func<string, Tensor> state)
    {
        using var bias = ToTypeOf(x, state($"{node.Layer}.bias"))!;
        return x.Plus(bias);
    }

    private static Tensor Slope(Tensor x, Node node, Func<string, Tensor> state)
    {
        using var weight = ToTypeOf(x, state($"{node.Layer}.weight"))!;
        return x.prelu(weight);
    }

    // Parameters stay in single precision; in mixed precision, a layer computes in the type of its input.
    private static Tensor? ToTypeOf(Tensor x, Tensor? parameter) => parameter?.to(x.dtype);

    // Values that are kept are scaled up, so that their expectation does not change.
    private static Tensor DropImages(Tensor x, double probability)
    {
        if (probability == 0)
            return x.alias();
        long[] maskShape = [x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)];
        using var keep = empty(maskShape, x.dtype, x.device).bernoulli_(1 - probability);
        using var scaled = keep.Times(1 / (1 - probability));
        return x * scaled;
    }

    private static Tensor Shuffle(Tensor x, int groups)
    {
        var (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        using var grouped = x.reshape(n, groups, c / groups, h, w);
        using var transposed = grouped.transpose(1, 2);
        return transposed.reshape(n, c, h, w);
    }
}
