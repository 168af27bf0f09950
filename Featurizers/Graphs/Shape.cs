namespace TransferKit.Graphs;

/// <summary>The shape of one image's value, without the batch: a map of channels, height and width, or a vector of channels alone.</summary>
public readonly record struct Shape(int Channels, int Height = 0, int Width = 0)
{
    /// <summary>Whether the value is a vector and has no height and width.</summary>
    public bool IsVector => Height == 0;

    /// <summary>The number of elements.</summary>
    /// <exception cref="OverflowException">There are more than fit an array; no node of a graph has such a shape.</exception>
    public int Count => IsVector ? Channels : checked(Channels * Height * Width);

    /// <summary>The dimensions without the batch, as tensors have them.</summary>
    public long[] Dimensions => IsVector ? [Channels] : [Channels, Height, Width];

    /// <inheritdoc/>
    public override string ToString() => IsVector ? $"{Channels}" : $"{Channels}x{Height}x{Width}";
}
