namespace TransferKit.Detection;

/// <summary>A map of a pyramid, with the channels of each pixel side by side.</summary>
/// <param name="Values">Height x width x channels.</param>
/// <param name="Height">Rows.</param>
/// <param name="Width">Columns.</param>
/// <param name="Scale">Pixels of the map for one of the image.</param>
internal sealed record PixelMap(ReadOnlyMemory<float> Values, int Height, int Width, float Scale)
{
    /// <summary>Turns a map with the channels first.</summary>
    public static void Turn(ReadOnlyMemory<float> from, int channels, Memory<float> to)
    {
        int pixels = from.Length / channels;
        const int Some = 64;
        Parallel.For(0, (pixels + Some - 1) / Some, chunk =>
        {
            // Some pixels at a time: their lines stay in the cache while all channels are read.
            var source = from.Span;
            var target = to.Span;
            int end = Math.Min(pixels, (chunk + 1) * Some);
            for (int c = 0; c < channels; c++)
                for (int i = chunk * Some; i < end; i++)
                    target[i * channels + c] = source[c * pixels + i];
        });
    }

    /// <summary>The map of a pyramid that a box is cut out of: twice the size, the next one (arXiv:1612.03144, equation 1).</summary>
    /// <param name="box">In pixels of the image.</param>
    /// <param name="scales">Pixels of each map for one of the image, powers of 2.</param>
    public static int LevelOf(Box box, IReadOnlyList<float> scales)
    {
        int first = (int)-MathF.Log2(scales[0]), last = (int)-MathF.Log2(scales[^1]);
        // A box of 224 pixels, ImageNet's usual size, goes to the map that a classifier would see.
        float level = MathF.Floor(4 + MathF.Log2(MathF.Sqrt(box.Area) / 224) + 1e-6f);
        return (int)Math.Clamp(level, first, last) - first;
    }

    /// <summary>Pixels of a map for one of the image, as the nearest power of 2.</summary>
    public static float ScaleOf(int mapSize, int imageSize) => MathF.Pow(2, MathF.Round(MathF.Log2((float)mapSize / imageSize)));
}
