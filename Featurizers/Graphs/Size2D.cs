namespace TransferKit.Graphs;

/// <summary>A height and a width in pixels: of a kernel, of padding, or of a receptive field.</summary>
/// <remarks>A single number converts to a square; a pair is (height, width), the order PyTorch uses.</remarks>
/// <param name="Height">The height in pixels.</param>
/// <param name="Width">The width in pixels.</param>
public readonly record struct Size2D(int Height, int Width)
{
    /// <summary>Height times width.</summary>
    public int Area => Height * Width;

    /// <summary>Converts a number to a square of that height and width.</summary>
    /// <param name="size">Height and width in pixels.</param>
    public static implicit operator Size2D(int size) => new(size, size);

    /// <summary>Converts a pair of height and width.</summary>
    /// <param name="size">Height and width in pixels.</param>
    public static implicit operator Size2D((int Height, int Width) size) => new(size.Height, size.Width);

    /// <summary>Returns <c>3</c> for a square and <c>1x7</c> (height x width) otherwise.</summary>
    public override string ToString() => Height == Width ? $"{Height}" : $"{Height}x{Width}";
}
