using TransferKit.Training;

namespace TransferKit.Tests.Featurizers.Training;

public class ScheduleTests
{
    [Theory]
    [InlineData(ScheduleKind.Constant, 0, 0, 1)]
    [InlineData(ScheduleKind.Constant, 0, 99, 1)]
    [InlineData(ScheduleKind.Cosine, 0, 0, 1)]
    [InlineData(ScheduleKind.Cosine, 0, 50, 0.5)]
    [InlineData(ScheduleKind.Cosine, 0, 100, 0)]
    [InlineData(ScheduleKind.Cosine, 0.2, 60, 0.5)]
    [InlineData(ScheduleKind.Step, 0, 32, 1)]
    [InlineData(ScheduleKind.Step, 0, 34, 0.1)]
    [InlineData(ScheduleKind.Step, 0, 99, 0.01)]
    [InlineData(ScheduleKind.OneCycle, 0, 0, 0.04)]
    [InlineData(ScheduleKind.OneCycle, 0, 30, 1)]
    [InlineData(ScheduleKind.OneCycle, 0, 100, 0.000004)]
    public void Each_schedule_has_its_factors(ScheduleKind kind, double warmUpFraction, int step, double expected) =>
        Assert.Equal(expected, new Schedule(kind, 100, warmUpFraction).Factor(step), 1e-9);

    [Fact]
    public void Warm_up_rises_linearly_to_the_highest_rate()
    {
        var schedule = new Schedule(ScheduleKind.Cosine, 100, 0.1);
        double[] factors = [.. Enumerable.Range(0, 11).Select(schedule.Factor)];
        double[] expected = [.. Enumerable.Range(1, 11).Select(i => i / 11.0)];
        Assert.All(expected.Zip(factors), pair => Assert.Equal(pair.First, pair.Second, 1e-9));
    }
}
