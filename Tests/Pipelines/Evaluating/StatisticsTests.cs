using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Tests.Pipelines.Evaluating;

public sealed class StatisticsTests
{
    [Fact]
    public void Interval_is_the_Wilson_score_interval()
    {
        // Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I.
        var (low, high) = Statistics.Interval(81, 263);
        Assert.Equal((0.2553, 0.3662), (Math.Round(low, 4), Math.Round(high, 4)));
        (low, high) = Statistics.Interval(15, 148);
        Assert.Equal((0.0624, 0.1605), (Math.Round(low, 4), Math.Round(high, 4)));
        (low, high) = Statistics.Interval(0, 20);
        Assert.Equal((0, 0.1611), (low, Math.Round(high, 4)));
    }

    [Fact]
    public void Confused_pairs_margins_and_calibration_follow_from_the_predictions()
    {
        EvaluatedImage[] images =
        [
            Image("a", "a", 0.9f, 0.1f),
            Image("a", "b", 0.3f, 0.7f),
            Image("a", "b", 0.4f, 0.6f),
            Image("b", "b", 0.2f, 0.8f),
            Image("b", "a", 0.55f, 0.45f),
        ];
        var evaluation = new Evaluation(["a", "b"], [[1, 2], [1, 1]], ["a", "b"], images);
        Assert.Equal([new Confused("a", "b", 2, 3), new Confused("b", "a", 1, 2)], Statistics.Pairs(evaluation));
        Assert.Equal(2.0 * 1 / (3 + 2), evaluation.PerClass[0].F1, 6);

        Assert.Equal([-0.8, 0.4, 0.2, -0.6, 0.1], Statistics.Margins(evaluation).Select(m => Math.Round(m.Margin, 6)));
        var unknownLabel = evaluation with { Images = [Image("c", "a", 1, 0)] };
        Assert.Equal(double.PositiveInfinity, Statistics.Margins(unknownLabel).Single().Margin);

        Assert.True(Statistics.AreProbabilities(evaluation));
        Assert.False(Statistics.AreProbabilities(new Evaluation(["a"], [[1]], ["a"], [Image("a", "a", 1.5f, -0.5f)])));
        var bins = Statistics.Calibration(evaluation, bins: 2);
        Assert.Equal([5], bins.Select(b => b.Count));
        Assert.Equal((0.71, 0.4), (Math.Round(bins[0].Confidence, 4), bins[0].Accuracy));
        Assert.Equal(0.31, Statistics.CalibrationError(bins), 6);

        static EvaluatedImage Image(string label, string predicted, params float[] scores) => new(null, label, predicted, scores, null);
    }
}
