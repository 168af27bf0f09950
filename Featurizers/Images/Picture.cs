using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Images;

/// <summary>A decoded image: 8 bits each of red, green, blue and a fourth byte that is ignored, row by row from the top.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class Picture : IDisplayable
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

    /// <summary>The picture, made smaller where its longer side is longer than this, in pixels.</summary>
    public Picture Within(int longest)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longest, 1);
        double part = (double)longest / Math.Max(Width, Height);
        if (part >= 1)
            return this;
        var (width, height) = ((int)Math.Ceiling(part * Width), (int)Math.Ceiling(part * Height));
        return Resampler.Resize(this, width, height, Interpolation.Bilinear, 0, 0, width, height);
    }

    /// <inheritdoc/>
    public string ToHtml() => Fragment(Within(640).Tag($"{this}"));

    /// <inheritdoc/>
    public override string ToString() => $"{Width} x {Height} pixels";

    /// <summary>The picture as an element of a page, with all its pixels in it.</summary>
    internal string Tag(string text) => $"<img alt=\"{Text(text)}\" loading=\"lazy\" src=\"data:image/jpeg;base64,{Convert.ToBase64String(ImageEncoder.Jpeg(this, quality: 75))}\">";
}
