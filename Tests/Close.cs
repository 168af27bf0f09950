namespace TransferKit.Tests;

/// <summary>Comparison of vectors relative to their largest magnitude.</summary>
internal static class Close
{
    public static void Equal(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string what)
    {
        Assert.True(expected.Length == actual.Length, $"{what}: {actual.Length} values instead of {expected.Length}");
        double largest = 0, worst = 0;
        int at = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            largest = Math.Max(largest, Math.Abs(expected[i]));
            double error = float.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Abs(expected[i] - actual[i]);
            if (error > worst)
                (worst, at) = (error, i);
        }
        Assert.True(worst <= tolerance * largest, $"{what}: [{at}] is {actual[at]} instead of {expected[at]}, off by {worst / largest:g3} of the largest magnitude");
    }
}
