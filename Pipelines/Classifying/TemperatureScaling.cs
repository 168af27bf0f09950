namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// Fits the one parameter by which decision values become probabilities: the softmax of the values times a scale, the inverse of the
/// temperature, which changes no prediction (Guo et al. 2017, "On Calibration of Modern Neural Networks", arXiv:1706.04599).
/// </summary>
internal static class TemperatureScaling
{
    private const double Lowest = 0.01, Highest = 20;

    // Beyond a difference of about 30 a probability is 0 or 1 in single precision. Separable classes would ask for an infinite scale.
    private const double MaxLogit = 30;

    /// <summary>Returns the scale that gives the labels the highest likelihood.</summary>
    /// <param name="examples">Decision values of examples that the classifier was not trained on, and the index of the true label.</param>
    public static double FitScale(IReadOnlyList<(float[] Values, int Label)> examples)
    {
        double largest = examples.SelectMany(e => e.Values).Select(value => (double)Math.Abs(value)).DefaultIfEmpty(0).Max();
        double low = Lowest, high = Math.Max(Lowest, Math.Min(Highest, MaxLogit / Math.Max(largest, 1e-6)));
        // The derivative of the loss increases with the scale, so halving the interval finds its zero.
        for (int i = 0; i < 50; i++)
        {
            double middle = Math.Sqrt(low * high);
            if (examples.Sum(e => LossDerivative(e.Values, e.Label, middle)) < 0)
                low = middle;
            else
                high = middle;
        }
        return high;
    }

    // The expected decision value less that of the true label.
    private static double LossDerivative(float[] values, int label, double scale)
    {
        double highest = values.Max();
        double[] exponentials = [.. values.Select(value => Math.Exp(scale * (value - highest)))];
        return values.Zip(exponentials, (value, exponential) => value * exponential).Sum() / exponentials.Sum() - values[label];
    }
}
