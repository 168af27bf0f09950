namespace TransferKit.Graphs;

/// <summary>Height and width of a window or a border, in pixels; a single number stands for both, a pair is (height, width).</summary>
public readonly record struct Extent(int Height, int Width)
{
    /// <summary>The number of pixels.</summary>
    public int Area => Height * Width;

    /// <summary>A square.</summary>
    public static implicit operator Extent(int size) => new(size, size);

    /// <summary>A rectangle.</summary>
    public static implicit operator Extent((int Height, int Width) size) => new(size.Height, size.Width);

    /// <inheritdoc/>
    public override string ToString() => Height == Width ? $"{Height}" : $"{Height}x{Width}";
}
