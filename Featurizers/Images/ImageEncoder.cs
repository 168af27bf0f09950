using SkiaSharp;

namespace TransferKit.Images;

/// <summary>Encodes pictures as image files.</summary>
public static class ImageEncoder
{
    /// <summary>A PNG file's content; every pixel is opaque.</summary>
    public static unsafe byte[] Png(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var info = new SKImageInfo(picture.Width, picture.Height, SKColorType.Rgb888x, SKAlphaType.Opaque);
        fixed (byte* pixels = picture.Pixels)
        {
            using var pixmap = new SKPixmap(info, (nint)pixels);
            using var data = pixmap.Encode(SKEncodedImageFormat.Png, 100);
            return data.ToArray();
        }
    }
}
