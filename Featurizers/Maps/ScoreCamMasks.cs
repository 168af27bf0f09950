using TransferKit.Graphs;

namespace TransferKit.Maps;

/// <summary>Computes the channel weights of Score-CAM: the class scores of the image masked by each channel of a feature map.</summary>
internal static class ScoreCamMasks
{
    private const int BatchSize = 16;

    /// <summary>Returns the weights of the channels, the softmax of the scores of the masked images.</summary>
    /// <param name="image">The preprocessed image, channels x size x size.</param>
    /// <param name="size">The height and width of the image.</param>
    /// <param name="activations">The feature map whose channels are the masks.</param>
    /// <param name="shape">The shape of the feature map.</param>
    /// <param name="score">Takes a batch of images and their number; returns the score of the target class for each.</param>
    public static float[] Weights(float[] image, int size, float[] activations, Shape shape, Func<float[], int, float[]> score)
    {
        int area = shape.Height * shape.Width;
        var scores = new List<float>();
        foreach (int[] channels in Enumerable.Range(0, shape.Channels).Chunk(BatchSize))
        {
            float[] batch = new float[channels.Length * image.Length];
            Parallel.For(0, channels.Length, i =>
            {
                var channel = activations.AsSpan(channels[i] * area, area);
                Mask(image, size, channel, shape, batch.AsSpan(i * image.Length, image.Length));
            });
            scores.AddRange(score(batch, channels.Length));
        }
        return VectorMath.Softmax([.. scores]);
    }

    // Multiplies the image by the channel, upsampled and scaled to values from 0 to 1.
    private static void Mask(float[] image, int size, ReadOnlySpan<float> channel, Shape shape, Span<float> masked)
    {
        float low = float.PositiveInfinity, high = float.NegativeInfinity;
        foreach (float value in channel)
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                double mask = 0;
                if (high > low)
                {
                    double activation = MapGeometry.Bilinear(channel, shape.Height, shape.Width, (x + 0.5) / size, (y + 0.5) / size);
                    mask = (activation - low) / (high - low);
                }
                for (int i = y * size + x; i < image.Length; i += size * size)
                    masked[i] = (float)(mask * image[i]);
            }
        }
    }
}
