using TransferKit.Display;
using static TransferKit.Display.Html;

namespace TransferKit.Images;

/// <summary>
/// A decoded image in memory. Each pixel has four bytes: red, green, blue, and a fourth that is ignored; pixels are stored row by row from
/// the top left.
/// </summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class Picture : IDisplayable
{
    /// <summary>Creates a picture that uses the pixels without copying them.</summary>
    /// <param name="width">Width in pixels.</param>
    /// <param name="height">Height in pixels.</param>
    /// <param name="rgba">The pixels, four bytes each; further bytes are ignored.</param>
    /// <exception cref="ArgumentException">There are fewer than 4 x width x height bytes.</exception>
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

    /// <summary>The array of the pixels, which may have further bytes at its end.</summary>
    internal byte[] Rgba { get; }

    /// <summary>The pixels, four bytes each.</summary>
    public ReadOnlySpan<byte> Pixels => Rgba.AsSpan(0, 4 * Width * Height);

    /// <summary>Returns the picture, made smaller if its longer side is longer than allowed. The aspect ratio is kept.</summary>
    /// <param name="longestSide">The greatest length of the longer side, in pixels.</param>
    public Picture Thumbnail(int longestSide)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(longestSide, 1);
        double scale = (double)longestSide / Math.Max(Width, Height);
        if (scale >= 1)
            return this;
        var (width, height) = ((int)Math.Ceiling(scale * Width), (int)Math.Ceiling(scale * Height));
        return Resampler.Resize(this, width, height, Interpolation.Bilinear, 0, 0, width, height);
    }

    /// <inheritdoc/>
    public string ToHtml() => Fragment(Thumbnail(640).ToImgElement($"{this}"));

    /// <summary>Returns an HTML <c>img</c> element that contains the pixels as JPEG.</summary>
    /// <param name="alternativeText">The text that stands for the picture where it cannot be seen.</param>
    public string ToImgElement(string alternativeText)
    {
        string jpeg = Convert.ToBase64String(ImageEncoder.Jpeg(this, quality: 75));
        return $"<img alt=\"{Text(alternativeText)}\" loading=\"lazy\" src=\"data:image/jpeg;base64,{jpeg}\">";
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Width} x {Height} pixels";
}
