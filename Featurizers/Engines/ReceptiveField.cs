using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>The receptive field of a feature map: the rectangle of the input that one of its pixels depends on.</summary>
/// <param name="Size">Height and width in input pixels, padding included.</param>
/// <param name="Stride">The distance between the receptive fields of neighboring pixels, in input pixels.</param>
public readonly record struct ReceptiveField(Size2D Size, int Stride)
{
    /// <summary>Returns the receptive field after a convolution or pooling.</summary>
    internal ReceptiveField Through(Size2D kernel, int stride)
    {
        int height = Size.Height + (kernel.Height - 1) * Stride, width = Size.Width + (kernel.Width - 1) * Stride;
        return new((height, width), Stride * stride);
    }

    /// <summary>Returns the larger of two receptive fields in each direction.</summary>
    internal ReceptiveField Union(ReceptiveField other) =>
        this with { Size = (Math.Max(Size.Height, other.Size.Height), Math.Max(Size.Width, other.Size.Width)) };

    /// <summary>Returns the receptive field of a node from those of its inputs.</summary>
    internal static ReceptiveField Of(Node node, ReceptiveField[] inputs) => node.Operator switch
    {
        Input => new(1, 1),
        Conv conv => inputs[0].Through(conv.Extent, conv.Stride),
        MaxPool pool => inputs[0].Through(pool.Kernel, pool.Stride),
        AveragePool pool => inputs[0].Through(pool.Kernel, pool.Stride),
        AdaptiveAveragePool pool => inputs[0].Through(
            LargestWindow(node.Inputs[0].Shape, pool.Size), Math.Max(1, node.Inputs[0].Shape.Height / pool.Size)),
        GlobalAverage or Flatten => inputs[0].Through((node.Inputs[0].Shape.Height, node.Inputs[0].Shape.Width), 1),
        Add or Multiply or Concat => inputs.Aggregate((first, second) => first.Union(second)),
        // The smallest distance between neighboring pixels is one.
        UpsampleBy upsample => inputs[0] with { Stride = Math.Max(1, inputs[0].Stride / upsample.Factor) },
        // Every token depends on all of them, which are at least as many as the patches of the image.
        Attention => inputs[0].Through((int)Math.Ceiling(Math.Sqrt(node.Shape.Tokens)), 1),
        WindowAttention attention => inputs[0].Through(attention.Partition.IsGrid ? WindowAttention.GridSide(node.Shape)
            : attention.Partition.Size, 1),
        MergePatches => inputs[0].Through(2, 2),
        OnnxModel => inputs[0].Through((node.Inputs[0].Shape.Height, node.Inputs[0].Shape.Width), 1),
        Unflatten => inputs[0] with { Stride = 1 },
        // Gates depend on the whole image, but carry no positions; those of the feature map come from the first input.
        Rescale or Upsample => inputs[0],
        BatchNorm or Elementwise or Linear or Softmax or UnitLength or ChannelSlice or ChannelShuffle or Scale or Bias or Pad
            or ToTokens or ToMap or LearnedTokens or PositionEmbedding or LayerNorm or LayerScale or UnusedParameter or TakeToken
            or MeanOfTokens or Projection or SwiGlu => inputs[0],
        _ => throw new NotSupportedException($"The summary does not support the operator {node.Operator.Kind}."),
    };

    private static Size2D LargestWindow(Shape map, int size) =>
        (Math.Max(1, (map.Height + size - 1) / size), Math.Max(1, (map.Width + size - 1) / size));
}
