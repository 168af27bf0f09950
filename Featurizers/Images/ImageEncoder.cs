using SkiaSharp;

namespace TransferKit.Images;

/// <summary>Encodes pictures as image files.</summary>
public static class ImageEncoder
{
    /// <summary>Encodes a picture as PNG. Every pixel is opaque.</summary>
    /// <param name="picture">The picture.</param>
    public static byte[] Png(Picture picture) => Encode(picture, SKEncodedImageFormat.Png, 100);

    /// <summary>Encodes a picture as JPEG.</summary>
    /// <param name="picture">The picture.</param>
    /// <param name="quality">The quality, from 1 to 100.</param>
    /// <exception cref="ArgumentOutOfRangeException">The quality is not from 1 to 100.</exception>
    public static byte[] Jpeg(Picture picture, int quality = 90)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(quality, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(quality, 100);
        return Encode(picture, SKEncodedImageFormat.Jpeg, quality);
    }

    private static unsafe byte[] Encode(Picture picture, SKEncodedImageFormat format, int quality)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var info = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        fixed (byte* pixels = picture.Pixels)
        {
            using var pixmap = new SKPixmap(info, (nint)pixels);
            using var data = pixmap.Encode(format, quality) ?? throw new ArgumentException(
                $"A picture of {picture.Width} x {picture.Height} pixels cannot be encoded as {format}.", nameof(picture));
            return data.ToArray();
        }
    }
}
