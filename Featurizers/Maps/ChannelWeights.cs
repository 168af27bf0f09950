namespace TransferKit.Maps;

/// <summary>
/// Computes class-activation maps from the activations of a layer and the gradients of a class score with respect to them. Activations and
/// gradients are channels x height x width values; a map is height x width values of at least 0.
/// </summary>
internal static class ChannelWeights
{
    private const int PowerIterations = 100;

    /// <summary>Grad-CAM: each channel is weighted by its mean gradient.</summary>
    public static float[] GradCam(float[] activations, float[] gradients, int channels) =>
        WeightedSum(activations, [.. gradients.Chunk(gradients.Length / channels).Select(channel => channel.Average())]);

    /// <summary>
    /// Grad-CAM++: each channel is weighted by the sum of its positive gradients, each with a factor alpha of its second and third power.
    /// </summary>
    public static float[] GradCamPlusPlus(float[] activations, float[] gradients, int channels)
    {
        int area = activations.Length / channels;
        float[] weights = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double activationSum = 0, weight = 0;
            foreach (float activation in activations.AsSpan(c * area, area))
                activationSum += activation;
            foreach (float gradient in gradients.AsSpan(c * area, area))
            {
                double square = (double)gradient * gradient;
                double denominator = 2 * square + activationSum * square * gradient;
                double alpha = denominator == 0 ? 0 : square / denominator;
                weight += Math.Max(0, gradient) * alpha;
            }
            weights[c] = (float)weight;
        }
        return WeightedSum(activations, weights);
    }

    /// <summary>Layer-CAM: each element of each channel is weighted by its own positive gradient.</summary>
    public static float[] LayerCam(float[] activations, float[] gradients, int channels)
    {
        float[] weighted = [.. activations.Zip(gradients, (activation, gradient) => activation * Math.Max(0, gradient))];
        return WeightedSum(weighted, [.. Enumerable.Repeat(1f, channels)]);
    }

    /// <summary>
    /// Eigen-CAM: the projection of the activations of each pixel, a vector of channels, onto their first principal component
    /// (without centering), which is found by power iteration.
    /// </summary>
    public static float[] EigenCam(float[] activations, int channels)
    {
        int area = activations.Length / channels;
        double[] direction = [.. Enumerable.Repeat(1.0, channels)], projections = new double[area];
        for (int iteration = 0; iteration < PowerIterations; iteration++)
        {
            Array.Clear(projections);
            for (int c = 0; c < channels; c++)
                for (int i = 0; i < area; i++)
                    projections[i] += direction[c] * activations[c * area + i];
            double squaredNorm = 0;
            for (int c = 0; c < channels; c++)
            {
                direction[c] = 0;
                for (int i = 0; i < area; i++)
                    direction[c] += projections[i] * activations[c * area + i];
                squaredNorm += direction[c] * direction[c];
            }
            if (squaredNorm == 0)
                break;
            for (int c = 0; c < channels; c++)
                direction[c] /= Math.Sqrt(squaredNorm);
        }
        // The sign of a principal component is arbitrary: the one with a positive sum over the map is taken.
        double sign = projections.Sum() < 0 ? -1 : 1;
        return WeightedSum(activations, [.. direction.Select(d => (float)(sign * d))]);
    }

    /// <summary>Returns the weighted sum of the channels, with negative values set to 0.</summary>
    public static float[] WeightedSum(float[] activations, float[] weights)
    {
        int area = activations.Length / weights.Length;
        float[] map = new float[area];
        for (int c = 0; c < weights.Length; c++)
            for (int i = 0; i < area; i++)
                map[i] += weights[c] * activations[c * area + i];
        for (int i = 0; i < area; i++)
            map[i] = Math.Max(0, map[i]);
        return map;
    }
}
