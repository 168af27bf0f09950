namespace TransferKit.Images;

/// <summary>Changes of a picture's geometry and colors; each returns a new picture, factor 1 or angle 0 leave it as it is.</summary>
internal static class PictureEffects
{
    /// <summary>A rectangle of the picture.</summary>
    public static Picture Cut(Picture picture, int left, int top, int width, int height)
    {
        byte[] to = GC.AllocateUninitializedArray<byte>(4 * width * height);
        for (int y = 0; y < height; y++)
            picture.Rgba.AsSpan(4 * ((top + y) * picture.Width + left), 4 * width).CopyTo(to.AsSpan(4 * y * width));
        return new Picture(width, height, to);
    }

    /// <summary>Left and right exchanged.</summary>
    public static Picture Mirror(Picture picture) => Move(picture, (x, y) => (picture.Width - 1 - x, y));

    /// <summary>Turned about its center by an angle in degrees, counterclockwise.</summary>
    public static Picture Rotate(Picture picture, double degrees)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return Map(picture, cos, -sin, sin, cos);
    }

    /// <summary>Sheared: each row, or each column, moved by a part of its distance from the center.</summary>
    public static Picture Shear(Picture picture, double horizontal, double vertical) => Map(picture, 1, horizontal, vertical, 1);

    /// <summary>Moved by a part of its width and height.</summary>
    public static Picture Shift(Picture picture, double right, double down) => Map(picture, 1, 0, 0, 1, -right * picture.Width, -down * picture.Height);

    /// <summary>Each level multiplied.</summary>
    public static Picture Brightness(Picture picture, double factor) => Levels(picture, level => level * factor);

    /// <summary>Each level's distance from the picture's mean gray multiplied.</summary>
    public static Picture Contrast(Picture picture, double factor)
    {
        double mean = 0;
        var pixels = picture.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
            mean += Gray(pixels.Slice(i, 3));
        mean /= pixels.Length / 4;
        return Levels(picture, level => mean + (level - mean) * factor);
    }

    /// <summary>Each channel's distance from the pixel's gray multiplied.</summary>
    public static Picture Saturation(Picture picture, double factor) => Colors(picture, pixel =>
    {
        double gray = Gray(pixel);
        for (int c = 0; c < 3; c++)
            pixel[c] = Level(gray + (pixel[c] - gray) * factor);
    });

    /// <summary>Hues turned by a part of the circle: a rotation about the gray axis, which keeps grays gray.</summary>
    public static Picture Hue(Picture picture, double turn)
    {
        var (sin, cos) = Math.SinCos(2 * Math.PI * turn);
        double same = cos + (1 - cos) / 3, next = (1 - cos) / 3 - Math.Sqrt(1.0 / 3) * sin, last = (1 - cos) / 3 + Math.Sqrt(1.0 / 3) * sin;
        return Colors(picture, pixel =>
        {
            var (r, g, b) = (pixel[0], pixel[1], pixel[2]);
            (pixel[0], pixel[1], pixel[2]) = (Level(same * r + next * g + last * b), Level(last * r + same * g + next * b), Level(next * r + last * g + same * b));
        });
    }

    /// <summary>A function applied to every level of every channel.</summary>
    public static Picture Levels(Picture picture, Func<double, double> function)
    {
        byte[] table = [.. Enumerable.Range(0, 256).Select(level => Level(function(level)))];
        return Colors(picture, pixel =>
        {
            for (int c = 0; c < 3; c++)
                pixel[c] = table[pixel[c]];
        });
    }

    /// <summary>A rectangle in one color.</summary>
    public static Picture FillRectangle(Picture picture, int left, int top, int width, int height, ReadOnlySpan<byte> color)
    {
        var copy = Cut(picture, 0, 0, picture.Width, picture.Height);
        for (int y = top; y < top + height; y++)
            for (int x = left; x < left + width; x++)
                color.CopyTo(copy.Rgba.AsSpan(4 * (y * copy.Width + x), 3));
        return copy;
    }

    // ITU-R BT.601, as Pillow weighs.
    private static double Gray(ReadOnlySpan<byte> pixel) => 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];

    private static byte Level(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);

    private delegate void Change(Span<byte> pixel);

    private static Picture Colors(Picture picture, Change change)
    {
        var copy = Cut(picture, 0, 0, picture.Width, picture.Height);
        for (int i = 0; i < 4 * copy.Width * copy.Height; i += 4)
            change(copy.Rgba.AsSpan(i, 3));
        return copy;
    }

    private static Picture Move(Picture picture, Func<int, int, (int X, int Y)> from)
    {
        byte[] to = GC.AllocateUninitializedArray<byte>(4 * picture.Width * picture.Height);
        for (int y = 0, i = 0; y < picture.Height; y++)
            for (int x = 0; x < picture.Width; x++, i += 4)
            {
                var (sourceX, sourceY) = from(x, y);
                picture.Rgba.AsSpan(4 * (sourceY * picture.Width + sourceX), 4).CopyTo(to.AsSpan(i));
            }
        return new Picture(picture.Width, picture.Height, to);
    }

    // Each pixel from where the matrix about the center says; what lies outside is as the border is.
    private static Picture Map(Picture picture, double xx, double xy, double yx, double yy, double right = 0, double down = 0)
    {
        double centerX = (picture.Width - 1) / 2.0, centerY = (picture.Height - 1) / 2.0;
        return Move(picture, (x, y) =>
        {
            double dx = x - centerX, dy = y - centerY;
            return (Math.Clamp((int)Math.Round(centerX + xx * dx + xy * dy + right), 0, picture.Width - 1),
                Math.Clamp((int)Math.Round(centerY + yx * dx + yy * dy + down), 0, picture.Height - 1));
        });
    }
}
