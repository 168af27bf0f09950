namespace TransferKit.Detection;

/// <summary>A feature map in channels-last order.</summary>
/// <param name="Values">Height x width x channels.</param>
/// <param name="Height">The height of the map.</param>
/// <param name="Width">The width of the map.</param>
/// <param name="Scale">The size of the map divided by the size of the image.</param>
internal sealed record ChannelsLastMap(ReadOnlyMemory<float> Values, int Height, int Width, float Scale)
{
    /// <summary>Copies a map of channels x pixels to pixels x channels.</summary>
    /// <param name="source">Channels x pixels.</param>
    /// <param name="channels">The number of channels.</param>
    /// <param name="destination">Receives pixels x channels.</param>
    public static void ToChannelsLast(ReadOnlyMemory<float> source, int channels, Memory<float> destination)
    {
        int pixels = source.Length / channels;
        const int ChunkSize = 64;
        Parallel.For(0, (pixels + ChunkSize - 1) / ChunkSize, chunk =>
        {
            // Pixels are copied in chunks so small that their cache lines stay in the cache until all channels are copied.
            var from = source.Span;
            var to = destination.Span;
            int end = Math.Min(pixels, (chunk + 1) * ChunkSize);
            for (int c = 0; c < channels; c++)
                for (int i = chunk * ChunkSize; i < end; i++)
                    to[i * channels + c] = from[c * pixels + i];
        });
    }

    /// <summary>
    /// Returns the index of the pyramid level from which a box is pooled, by the size of the box (arXiv:1612.03144, equation 1).
    /// </summary>
    /// <param name="box">The box, in pixels of the image.</param>
    /// <param name="scales">The scale of each level, a power of 2.</param>
    public static int LevelIndexOf(Box box, IReadOnlyList<float> scales)
    {
        int first = (int)-MathF.Log2(scales[0]), last = (int)-MathF.Log2(scales[^1]);
        // A box of 224 pixels, the input size of ImageNet's classifiers, belongs to level 4.
        // torchvision adds 1e-6 so that rounding cannot lower the level.
        float level = MathF.Floor(4 + MathF.Log2(MathF.Sqrt(box.Area) / 224) + 1e-6f);
        return (int)Math.Clamp(level, first, last) - first;
    }

    /// <summary>The scale of a map, rounded to a power of 2.</summary>
    /// <param name="mapSize">The height of the map.</param>
    /// <param name="imageSize">The height of the image.</param>
    public static float ScaleOf(int mapSize, int imageSize) => MathF.Pow(2, MathF.Round(MathF.Log2((float)mapSize / imageSize)));
}
