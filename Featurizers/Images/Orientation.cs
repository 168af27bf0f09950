using SkiaSharp;

namespace TransferKit.Images;

/// <summary>Turns an image upright according to the orientation that its camera recorded (EXIF 2.32, tag 0x0112).</summary>
internal static class Orientation
{
    /// <summary>Returns the picture turned upright; the same object if it is upright already.</summary>
    public static Picture Apply(Picture picture, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or 0)
            return picture;
        int w = picture.Width, h = picture.Height;
        bool isTransposed = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop
            or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (width, height) = isTransposed ? (h, w) : (w, h);
        byte[] upright = new byte[4 * w * h];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                var (sourceX, sourceY) = origin switch
                {
                    SKEncodedOrigin.TopRight => (w - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (w - 1 - x, h - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, h - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, h - 1 - x),
                    SKEncodedOrigin.RightBottom => (w - 1 - y, h - 1 - x),
                    SKEncodedOrigin.LeftBottom => (w - 1 - y, x),
                    _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "An EXIF orientation must be from 1 to 8."),
                };
                picture.Rgba.AsSpan(4 * (sourceY * w + sourceX), 4).CopyTo(upright.AsSpan(4 * (y * width + x)));
            }
        return new Picture(width, height, upright);
    }
}
