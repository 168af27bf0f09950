namespace TransferKit.Images;

/// <summary>
/// Geometric and color transformations. Each returns a new picture; a factor of 1 and an angle or distance of 0 change nothing.
/// </summary>
internal static class PictureEffects
{
    /// <summary>Copies a rectangle of the picture.</summary>
    public static Picture Crop(Picture picture, int left, int top, int width, int height)
    {
        byte[] rgba = GC.AllocateUninitializedArray<byte>(4 * width * height);
        for (int y = 0; y < height; y++)
            picture.Rgba.AsSpan(4 * ((top + y) * picture.Width + left), 4 * width).CopyTo(rgba.AsSpan(4 * y * width));
        return new Picture(width, height, rgba);
    }

    /// <summary>Flips the picture horizontally.</summary>
    public static Picture Mirror(Picture picture) => Rearrange(picture, (x, y) => (picture.Width - 1 - x, y));

    /// <summary>Rotates the picture about its center, counterclockwise by an angle in degrees.</summary>
    public static Picture Rotate(Picture picture, double degrees)
    {
        var (sin, cos) = Math.SinCos(degrees * Math.PI / 180);
        return Warp(picture, cos, -sin, sin, cos);
    }

    /// <summary>Shears the picture: each row and each column moves by a fraction of its distance from the center.</summary>
    public static Picture Shear(Picture picture, double horizontal, double vertical) => Warp(picture, 1, horizontal, vertical, 1);

    /// <summary>Translates the picture by a fraction of its width and height.</summary>
    public static Picture Translate(Picture picture, double right, double down) =>
        Warp(picture, 1, 0, 0, 1, -right * picture.Width, -down * picture.Height);

    /// <summary>Multiplies every level.</summary>
    public static Picture Brightness(Picture picture, double factor) => MapLevels(picture, level => level * factor);

    /// <summary>Multiplies the distance of every level from the picture's mean gray.</summary>
    public static Picture Contrast(Picture picture, double factor)
    {
        double mean = 0;
        var pixels = picture.Pixels;
        for (int i = 0; i < pixels.Length; i += 4)
            mean += Gray(pixels.Slice(i, 3));
        mean /= pixels.Length / 4;
        return MapLevels(picture, level => mean + (level - mean) * factor);
    }

    /// <summary>Multiplies the distance of every channel from the pixel's gray.</summary>
    public static Picture Saturation(Picture picture, double factor) => MapPixels(picture, pixel =>
    {
        double gray = Gray(pixel);
        for (int c = 0; c < 3; c++)
            pixel[c] = Level(gray + (pixel[c] - gray) * factor);
    });

    /// <summary>Rotates the hue by a fraction of the full circle. Colors rotate about the gray axis, so gray pixels stay gray.</summary>
    public static Picture Hue(Picture picture, double turn)
    {
        var (sin, cos) = Math.SinCos(2 * Math.PI * turn);
        double same = cos + (1 - cos) / 3;
        double next = (1 - cos) / 3 - Math.Sqrt(1.0 / 3) * sin;
        double last = (1 - cos) / 3 + Math.Sqrt(1.0 / 3) * sin;
        return MapPixels(picture, pixel =>
        {
            var (r, g, b) = (pixel[0], pixel[1], pixel[2]);
            pixel[0] = Level(same * r + next * g + last * b);
            pixel[1] = Level(last * r + same * g + next * b);
            pixel[2] = Level(next * r + last * g + same * b);
        });
    }

    /// <summary>Sets the lowest bits of every level to 0.</summary>
    public static Picture Posterize(Picture picture, int droppedBits) => MapLevels(picture, level => (int)level & (0xFF << droppedBits));

    /// <summary>Inverts every level that is not below a threshold.</summary>
    public static Picture Solarize(Picture picture, double threshold) =>
        MapLevels(picture, level => level >= threshold ? 255 - level : level);

    private static Picture MapLevels(Picture picture, Func<double, double> function)
    {
        byte[] table = [.. Enumerable.Range(0, 256).Select(level => Level(function(level)))];
        return MapPixels(picture, pixel =>
        {
            for (int c = 0; c < 3; c++)
                pixel[c] = table[pixel[c]];
        });
    }

    /// <summary>Fills a rectangle with one color.</summary>
    public static Picture FillRectangle(Picture picture, int left, int top, int width, int height, ReadOnlySpan<byte> color)
    {
        var copy = Crop(picture, 0, 0, picture.Width, picture.Height);
        for (int y = top; y < top + height; y++)
            for (int x = left; x < left + width; x++)
                color.CopyTo(copy.Rgba.AsSpan(4 * (y * copy.Width + x), 3));
        return copy;
    }

    // The weights of ITU-R BT.601, as in Pillow.
    private static double Gray(ReadOnlySpan<byte> pixel) => 0.299 * pixel[0] + 0.587 * pixel[1] + 0.114 * pixel[2];

    private static byte Level(double value) => (byte)Math.Clamp(value + 0.5, 0, 255);

    private delegate void PixelAction(Span<byte> pixel);

    private static Picture MapPixels(Picture picture, PixelAction action)
    {
        var copy = Crop(picture, 0, 0, picture.Width, picture.Height);
        for (int i = 0; i < 4 * copy.Width * copy.Height; i += 4)
            action(copy.Rgba.AsSpan(i, 3));
        return copy;
    }

    private static Picture Rearrange(Picture picture, Func<int, int, (int X, int Y)> source)
    {
        byte[] rgba = GC.AllocateUninitializedArray<byte>(4 * picture.Width * picture.Height);
        for (int y = 0, i = 0; y < picture.Height; y++)
            for (int x = 0; x < picture.Width; x++, i += 4)
            {
                var (sourceX, sourceY) = source(x, y);
                picture.Rgba.AsSpan(4 * (sourceY * picture.Width + sourceX), 4).CopyTo(rgba.AsSpan(i));
            }
        return new Picture(picture.Width, picture.Height, rgba);
    }

    // An affine map about the center gives the source of each pixel. Pixels outside the picture repeat its border.
    private static Picture Warp(Picture picture, double xx, double xy, double yx, double yy, double right = 0, double down = 0)
    {
        double centerX = (picture.Width - 1) / 2.0, centerY = (picture.Height - 1) / 2.0;
        return Rearrange(picture, (x, y) =>
        {
            double dx = x - centerX, dy = y - centerY;
            return (Math.Clamp((int)Math.Round(centerX + xx * dx + xy * dy + right), 0, picture.Width - 1),
                Math.Clamp((int)Math.Round(centerY + yx * dx + yy * dy + down), 0, picture.Height - 1));
        });
    }
}
