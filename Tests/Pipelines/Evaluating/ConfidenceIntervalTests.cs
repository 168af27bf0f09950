using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Tests.Pipelines.Evaluating;

public class ConfidenceIntervalTests
{
    /// <summary>Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.</summary>
    [Theory]
    [InlineData(81, 263, 0.2553, 0.3662)]
    [InlineData(15, 148, 0.0624, 0.1605)]
    [InlineData(0, 20, 0, 0.1611)]
    public void The_interval_is_Wilsons(int count, int total, double low, double high)
    {
        var interval = ConfidenceInterval.Wilson(count, total);
        Assert.Equal((low, high), (Math.Round(interval.Low, 4), Math.Round(interval.High, 4)));
    }

    [Fact]
    public void The_bounds_are_written_as_percentages()
    {
        Assert.Equal("64.0–94.8 %", $"{ConfidenceInterval.Wilson(17, 20)}");
        Assert.Equal("0.0–100.0 %", $"{ConfidenceInterval.Wilson(0, 0)}");
    }
}
