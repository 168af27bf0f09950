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
    public void Rates_are_where_they_should_be(ScheduleKind kind, double warmUp, int step, double expected) =>
        Assert.Equal(expected, new Schedule(kind, 100, warmUp).At(step), 1e-9);

    [Fact]
    public void Warm_up_rises_in_a_straight_line_to_the_highest()
    {
        var schedule = new Schedule(ScheduleKind.Cosine, 100, 0.1);
        double[] rates = [.. Enumerable.Range(0, 11).Select(schedule.At)];
        Assert.Equal(Enumerable.Range(1, 11).Select(i => i / 11.0), rates.Select(r => Math.Round(r, 12)), (a, b) => Math.Abs(a - b) < 1e-9);
    }

    [Fact]
    public void The_rate_at_which_the_loss_falls_fastest_is_found()
    {
        var finder = new LearningRateFinder(100);
        // A made-up loss: flat, falling around 1e-3, exploding beyond 1e-1.
        int step = 0;
        while (true)
        {
            double rate = finder.Rate(step++);
            if (!finder.Add(2 - 1 / (1 + Math.Exp(-3 * Math.Log10(rate / 1e-3))) + Math.Pow(rate / 0.1, 2)))
                break;
        }
        Assert.InRange(finder.Suggestion(), 5e-4, 5e-3);
    }

    [Fact]
    public void A_loss_that_never_falls_gives_no_rate()
    {
        var finder = new LearningRateFinder(20);
        for (int step = 0; finder.Add(step + 1.0); step++)
        {
        }
        Assert.Contains("did not fall", Assert.Throws<TrainingException>(() => finder.Suggestion()).Message, StringComparison.Ordinal);
    }
}
