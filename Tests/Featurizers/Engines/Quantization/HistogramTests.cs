using TransferKit.Engines.Quantization;

namespace TransferKit.Tests.Featurizers.Engines.Quantization;

public class HistogramTests
{
    // A hundred thousand values from -1 to 3, and one that lies far off.
    private static readonly float[] Values = [.. Enumerable.Range(0, 100_000).Select(i => i / 25_000f - 1), 40];

    [Fact]
    public void The_range_of_all_values_contains_zero()
    {
        Assert.Equal((-1, 40), Range(CalibrationMethod.MinMax, Values));
        Assert.Equal((0, 5), Range(CalibrationMethod.MinMax, [3, 5]));
        Assert.Equal((-5, 0), Range(CalibrationMethod.MinMax, [-3, -5]));
    }

    [Theory]
    [InlineData(CalibrationMethod.Percentile, 3.1)]
    // Without clipping, the squared error of rounding is 3,000,000 (41 / 255)^2 / 12 = 6,463; with a range up to 8.3 it is 333, and that of
    // the clipped value (40 - 8.3)^2 = 1,005.
    [InlineData(CalibrationMethod.MeanSquaredError, 8.5)]
    public void A_rare_large_value_is_clipped(CalibrationMethod method, double highest)
    {
        var histogram = new Histogram();
        histogram.Add(Values);
        for (int i = 1; i < 30; i++)
            histogram.Add(Values.AsSpan(..^1));
        var (min, max) = histogram.Range(method);
        Assert.InRange(min, -1.05, -0.95);
        Assert.InRange(max, 2.95, highest);
    }

    [Fact]
    public void Values_are_counted_alike_in_one_part_and_in_several()
    {
        var whole = new Histogram();
        whole.Add(Values);
        var parts = new Histogram();
        foreach (float[] part in Values.Chunk(999))
            parts.Add(part);
        foreach (var method in Enum.GetValues<CalibrationMethod>())
            Assert.Equal(whole.Range(method), parts.Range(method));
    }

    [Fact]
    public void Zeros_alone_have_a_range() => Assert.Equal((0, 1), Range(CalibrationMethod.MeanSquaredError, [0, 0]));

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void Values_that_are_no_numbers_are_refused(float value) =>
        Assert.Throws<InvalidDataException>(() => new Histogram().Add([1, value, 2]));

    private static (double Min, double Max) Range(CalibrationMethod method, float[] values)
    {
        var histogram = new Histogram();
        histogram.Add(values);
        return histogram.Range(method);
    }
}
