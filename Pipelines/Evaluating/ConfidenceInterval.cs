using System.Globalization;

namespace TransferKit.Pipelines.Evaluating;

/// <summary>The 95 % confidence interval of a proportion, such as an accuracy.</summary>
/// <param name="Low">The lower bound, from 0 to 1.</param>
/// <param name="High">The upper bound, from 0 to 1.</param>
public readonly record struct ConfidenceInterval(double Low, double High)
{
    // The standard score of a two-sided interval of 95 %.
    private const double Z = 1.959964;

    /// <summary>Computes Wilson's score interval ("Probable Inference, the Law of Succession, and Statistical Inference", 1927).</summary>
    /// <param name="count">The number of successes, such as correct predictions.</param>
    /// <param name="total">The number of trials; for 0 the interval is from 0 to 1.</param>
    public static ConfidenceInterval Wilson(int count, int total)
    {
        if (total == 0)
            return new(0, 1);
        double p = (double)count / total;
        double scale = 1 + Z * Z / total;
        double center = p + Z * Z / (2 * total);
        double spread = Z * Math.Sqrt(p * (1 - p) / total + Z * Z / (4.0 * total * total));
        return new(Math.Max(0, (center - spread) / scale), Math.Min(1, (center + spread) / scale));
    }

    /// <summary>Writes the bounds as percentages, such as <c>95.8–98.8 %</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{100 * Low:0.0}–{100 * High:0.0} %");
}
