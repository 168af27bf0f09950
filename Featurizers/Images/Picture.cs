namespace TransferKit.Images;

/// <summary>A decoded image: 8 bits each of red, green, blue and a fourth byte that is ignored, row by row from the top.</summary>
public sealed class Picture
{
    /// <summary>Wraps pixels without copying them.</summary>
    /// <exception cref="ArgumentException">There are fewer bytes than four times width times height.</exception>
    public Picture(int width, int height, byte[] rgba)
    {
        ArgumentNullException.ThrowIfNull(rgba);
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (rgba.Length < 4L * width * height)
            throw new ArgumentException($"{width} x {height} pixels take {4L * width * height} bytes, not {rgba.Length}.", nameof(rgba));
        (Width, Height, Rgba) = (width, height, rgba);
    }

    /// <summary>Width in pixels.</summary>
    public int Width { get; }

    /// <summary>Height in pixels.</summary>
    public int Height { get; }

    /// <summary>The pixels, and possibly more bytes behind them.</summary>
    internal byte[] Rgba { get; }

    /// <summary>The pixels, four bytes each.</summary>
    public ReadOnlySpan<byte> Pixels => Rgba.AsSpan(0, 4 * Width * Height);
}
