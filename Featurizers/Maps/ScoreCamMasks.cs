using TransferKit.Graphs;

namespace TransferKit.Maps;

/// <summary>Score-CAM's weights: what a class scores where the image is seen through one channel of a map after the other.</summary>
internal static class ScoreCamMasks
{
    private const int Batch = 16;

    /// <summary>The channels' scores as shares of 1, by a softmax.</summary>
    /// <param name="image">The image, channel by channel.</param>
    /// <param name="size">Its width and height.</param>
    /// <param name="map">The map that it is seen through.</param>
    /// <param name="shape">The map's shape.</param>
    /// <param name="score">From a number of images to the class's score of each.</param>
    public static float[] Shares(float[] image, int size, float[] map, Shape shape, Func<float[], int, float[]> score)
    {
        int area = shape.Height * shape.Width;
        float[] scores = [.. Enumerable.Range(0, shape.Channels).Chunk(Batch).SelectMany(some =>
        {
            float[] seen = new float[some.Length * image.Length];
            Parallel.For(0, some.Length, i => Through(image, size, map.AsSpan(some[i] * area, area), shape, seen.AsSpan(i * image.Length, image.Length)));
            return score(seen, some.Length);
        })];
        return VectorMath.Softmax(scores);
    }

    // Open where the channel is highest, closed where it is lowest.
    private static void Through(float[] image, int size, ReadOnlySpan<float> channel, Shape shape, Span<float> seen)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in channel)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                double open = high > low ? (MapGeometry.Bilinear(channel, shape.Height, shape.Width, (x + 0.5) / size, (y + 0.5) / size) - low) / (high - low) : 0;
                for (int i = y * size + x; i < image.Length; i += size * size)
                    seen[i] = (float)(open * image[i]);
            }
    }
}
