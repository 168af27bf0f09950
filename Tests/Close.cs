namespace TransferKit.Tests;

/// <summary>Compares vectors.</summary>
internal static class Close
{
    /// <summary>Compares with a tolerance relative to the largest magnitude of the expected vector.</summary>
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string name)
    {
        Assert.True(expected.Length == actual.Length, $"{name}: {actual.Length} values instead of {expected.Length}");
        double largest = 0, worst = 0;
        int index = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            double error = float.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Abs(expected[i] - actual[i]);
            if (error > worst)
                (worst, index) = (error, i);
        }
        Assert.True(worst <= tolerance * largest, $"{name}: [{index}] is {actual[index]} instead of {expected[index]}, " +
            $"which differs by {worst / largest:g3} of the largest magnitude");
    }

    /// <summary>Returns the cosine of the angle between two vectors.</summary>
    public static double Cosine(float[] a, float[] b) =>
        a.Zip(b, (x, y) => (double)x * y).Sum() / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
}
