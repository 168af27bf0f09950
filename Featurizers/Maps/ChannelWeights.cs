namespace TransferKit.Maps;

/// <summary>The sums behind the methods: from activations, and gradients of a score by them, to one map. Both are channel by channel.</summary>
internal static class ChannelWeights
{
    /// <summary>Grad-CAM: channels weighed by their mean gradient; what speaks against the class is left out.</summary>
    public static float[] GradCam(float[] activations, float[] gradients, int channels) =>
        WeightedSum(activations, [.. gradients.Chunk(gradients.Length / channels).Select(g => g.Average())]);

    /// <summary>Grad-CAM++: channels weighed by their positive gradients, each place's share by the second and third powers of the gradient.</summary>
    public static float[] GradCamPlusPlus(float[] activations, float[] gradients, int channels)
    {
        int area = activations.Length / channels;
        float[] weights = new float[channels];
        for (int c = 0; c < channels; c++)
        {
            double sum = 0, weight = 0;
            foreach (float value in activations.AsSpan(c * area, area))
                sum += value;
            foreach (float gradient in gradients.AsSpan(c * area, area))
            {
                double square = (double)gradient * gradient, below = 2 * square + sum * square * gradient;
                weight += Math.Max(0, gradient) * (below == 0 ? 0 : square / below);
            }
            weights[c] = (float)weight;
        }
        return WeightedSum(activations, weights);
    }

    /// <summary>Layer-CAM: each place of each channel weighed by its own positive gradient.</summary>
    public static float[] LayerCam(float[] activations, float[] gradients, int channels) =>
        WeightedSum([.. activations.Zip(gradients, (a, g) => a * Math.Max(0, g))], [.. Enumerable.Repeat(1f, channels)]);

    /// <summary>Eigen-CAM: each place's values along the direction in which they are longest, found by power iteration.</summary>
    public static float[] EigenCam(float[] activations, int channels)
    {
        int area = activations.Length / channels;
        double[] direction = [.. Enumerable.Repeat(1.0, channels)], places = new double[area];
        for (int round = 0; round < 100; round++)
        {
            Array.Clear(places);
            for (int c = 0; c < channels; c++)
                for (int i = 0; i < area; i++)
                    places[i] += direction[c] * activations[c * area + i];
            double length = 0;
            for (int c = 0; c < channels; c++)
            {
                direction[c] = 0;
                for (int i = 0; i < area; i++)
                    direction[c] += places[i] * activations[c * area + i];
                length += direction[c] * direction[c];
            }
            if (length == 0)
                break;
            for (int c = 0; c < channels; c++)
                direction[c] /= Math.Sqrt(length);
        }
        // A direction has no sign of its own: the one in which the map as a whole is positive.
        double sign = places.Sum() < 0 ? -1 : 1;
        return WeightedSum(activations, [.. direction.Select(d => (float)(sign * d))]);
    }

    /// <summary>The channels' weighed sum, cut off at 0.</summary>
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
