using TransferKit.Images;

namespace TransferKit.Detection;

/// <summary>What an image goes through before a detector sees it: resized whole, normalized, and padded with zeros to whole strides.</summary>
/// <param name="MinSize">The length the shorter side is resized to, in pixels.</param>
/// <param name="MaxSize">The length the longer side may have; the image becomes smaller where it would be longer.</param>
public sealed record DetectionTransform(int MinSize = 800, int MaxSize = 1333)
{
    private const int Stride = 32;

    /// <summary>The size an image is resized to.</summary>
    public (int Width, int Height) Resized(int width, int height)
    {
        // PyTorch divides a number by a tensor as reciprocal and product, in single precision: anything else rounds some sizes to another pixel.
        float scale = Math.Min(MinSize * (1f / Math.Min(width, height)), MaxSize * (1f / Math.Max(width, height)));
        return (Math.Max(1, (int)Math.Floor((double)scale * width)), Math.Max(1, (int)Math.Floor((double)scale * height)));
    }

    /// <summary>The side of a square, a multiple of 32 pixels, on which images of usual proportions (4 to 3) are as large as this makes them.</summary>
    public int Side => Padded(Math.Min(MaxSize, MinSize * 4 / 3), 0).Width;

    /// <summary>The size with its padding, which is below and to the right.</summary>
    public static (int Width, int Height) Padded(int width, int height) => ((width + Stride - 1) / Stride * Stride, (height + Stride - 1) / Stride * Stride);

    /// <summary>Resizes and normalizes an image.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="size">What <see cref="Resized"/> gives for it.</param>
    /// <param name="padded">Width and height of the destination.</param>
    /// <param name="destination">Takes 3 x height x width values; those of the padding become 0.</param>
    internal static void Apply(Picture picture, (int Width, int Height) size, (int Width, int Height) padded, Memory<float> destination)
    {
        var normalize = Preprocessing.ImageNet;
        int plane = padded.Width * padded.Height;
        destination.Span[..(3 * plane)].Clear();
        Resize(picture, size, (x, y, c, level) => destination.Span[c * plane + y * padded.Width + x] = level * normalize.Scale(c) + normalize.Shift(c));
    }

    /// <summary>An image in the upper left of a square, the rest of which is as gray as images are on average.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="size">What <see cref="Resized"/> gives for it.</param>
    /// <param name="side">The square's side in pixels.</param>
    public static Picture Canvas(Picture picture, (int Width, int Height) size, int side)
    {
        ArgumentNullException.ThrowIfNull(picture);
        byte[] pixels = new byte[4 * side * side], gray = [.. Preprocessing.ImageNet.Mean.Select(m => (byte)Math.Round(255 * m)), 255];
        for (int i = 0; i < pixels.Length; i++)
            pixels[i] = gray[i % 4];
        Resize(picture, size, (x, y, c, level) => pixels[4 * (y * side + x) + c] = (byte)Math.Round(level));
        return new Picture(side, side, pixels);
    }

    private static void Resize(Picture picture, (int Width, int Height) size, Action<int, int, int, float> set)
    {
        var columns = Taps(picture.Width, size.Width);
        var rows = Taps(picture.Height, size.Height);
        Parallel.For(0, size.Height, y =>
        {
            var (top, bottom, down) = rows[y];
            for (int x = 0; x < size.Width; x++)
                for (int c = 0; c < 3; c++)
                {
                    var (left, right, across) = columns[x];
                    float Level(int row, int column) => picture.Rgba[4 * (row * picture.Width + column) + c];
                    float above = Level(top, left) * (1 - across) + Level(top, right) * across;
                    float below = Level(bottom, left) * (1 - across) + Level(bottom, right) * across;
                    set(x, y, c, above * (1 - down) + below * down);
                }
        });
    }

    // Bilinear without antialiasing, which these networks were trained with: the two pixels around each new one, and what the second counts.
    private static (int First, int Second, float Part)[] Taps(int from, int to)
    {
        float scale = (float)from / to;
        return [.. Enumerable.Range(0, to).Select(i =>
        {
            float at = Math.Max(0, (i + 0.5f) * scale - 0.5f);
            int first = Math.Min((int)at, from - 1);
            return (first, Math.Min(first + 1, from - 1), at - first);
        })];
    }
}
