using TransferKit.Training;

namespace TransferKit.Tests.Featurizers.Training;

public class LearningRateFinderTests
{
    [Fact]
    public void The_rate_at_which_the_loss_falls_fastest_is_found()
    {
        var finder = new LearningRateFinder(100);
        int step = 0;
        while (finder.Add(Loss(finder.Rate(step))))
            step++;
        Assert.InRange(finder.Suggestion(), 5e-4, 5e-3);

        // It is flat at first, falls around a rate of 1e-3, and diverges beyond 1e-1.
        static double Loss(double rate) => 2 - 1 / (1 + Math.Exp(-3 * Math.Log10(rate / 1e-3))) + Math.Pow(rate / 0.1, 2);
    }

    [Fact]
    public void A_loss_that_never_falls_gives_no_rate()
    {
        var finder = new LearningRateFinder(20);
        for (int step = 0; finder.Add(step + 1.0); step++)
        {
        }
        Assert.StartsWith("No learning rate was found: the loss did not fall",
            Assert.Throws<TrainingException>(() => finder.Suggestion()).Message, StringComparison.Ordinal);
    }
}
