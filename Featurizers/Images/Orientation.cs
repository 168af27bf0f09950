using SkiaSharp;

namespace TransferKit.Images;

/// <summary>Turns an image upright by the orientation its camera recorded (EXIF 2.32, tag 0x0112).</summary>
internal static class Orientation
{
    public static Picture Apply(Picture picture, SKEncodedOrigin origin)
    {
        if (origin is SKEncodedOrigin.TopLeft or 0)
            return picture;
        int w = picture.Width, h = picture.Height;
        bool turned = origin is SKEncodedOrigin.LeftTop or SKEncodedOrigin.RightTop or SKEncodedOrigin.RightBottom or SKEncodedOrigin.LeftBottom;
        var (width, height) = turned ? (h, w) : (w, h);
        byte[] to = new byte[4 * w * h];
        for (int y = 0; y < height; y++)
            for (int x = 0; x < width; x++)
            {
                var (fromX, fromY) = origin switch
                {
                    SKEncodedOrigin.TopRight => (w - 1 - x, y),
                    SKEncodedOrigin.BottomRight => (w - 1 - x, h - 1 - y),
                    SKEncodedOrigin.BottomLeft => (x, h - 1 - y),
                    SKEncodedOrigin.LeftTop => (y, x),
                    SKEncodedOrigin.RightTop => (y, h - 1 - x),
                    SKEncodedOrigin.RightBottom => (w - 1 - y, h - 1 - x),
                    SKEncodedOrigin.LeftBottom => (w - 1 - y, x),
                    _ => throw new ArgumentOutOfRangeException(nameof(origin), origin, "EXIF knows the orientations 1 to 8."),
                };
                picture.Rgba.AsSpan(4 * (fromY * w + fromX), 4).CopyTo(to.AsSpan(4 * (y * width + x)));
            }
        return new Picture(width, height, to);
    }
}
