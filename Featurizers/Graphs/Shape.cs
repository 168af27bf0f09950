namespace TransferKit.Graphs;

/// <summary>
/// The shape of a value for one image, without the batch dimension: a feature map of channels x height x width, or a vector of channels.
/// </summary>
/// <param name="Channels">The number of channels, or of elements of a vector.</param>
/// <param name="Height">The height in pixels; 0 for a vector.</param>
/// <param name="Width">The width in pixels; 0 for a vector.</param>
public readonly record struct Shape(int Channels, int Height = 0, int Width = 0)
{
    /// <summary>Whether the value is a vector, without height and width.</summary>
    public bool IsVector => Height == 0;

    /// <summary>The number of elements.</summary>
    /// <exception cref="OverflowException">There are more than an array can hold; no node of a graph has such a shape.</exception>
    public int Count => IsVector ? Channels : checked(Channels * Height * Width);

    /// <summary>The dimensions of a tensor of this shape without the batch: channels, or channels, height and width.</summary>
    public long[] Dimensions => IsVector ? [Channels] : [Channels, Height, Width];

    /// <summary>Returns the dimensions as text: <c>64x56x56</c>, or <c>512</c> for a vector.</summary>
    public override string ToString() => IsVector ? $"{Channels}" : $"{Channels}x{Height}x{Width}";
}
