using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Tests.Pipelines.Evaluating;

public class StatisticsTests
{
    private static readonly EvaluatedImage[] Images =
    [
        Image("a", "a", 0.9f, 0.1f),
        Image("a", "b", 0.3f, 0.7f),
        Image("a", "b", 0.4f, 0.6f),
        Image("b", "b", 0.2f, 0.8f),
        Image("b", "a", 0.55f, 0.45f),
    ];

    private static readonly Evaluation TwoClasses = new(["a", "b"], [[1, 2], [1, 1]], ["a", "b"], Images);

    [Fact]
    public void Confused_pairs_are_counted_and_the_most_frequent_comes_first()
    {
        Assert.Equal([new ConfusedPair("a", "b", 2, 3), new ConfusedPair("b", "a", 1, 2)], Statistics.MostConfused(TwoClasses));
        Assert.Equal(2.0 * 1 / (3 + 2), TwoClasses.PerClass[0].F1, 6);
    }

    [Fact]
    public void Margins_are_differences_to_the_true_labels_score()
    {
        Assert.Equal([-0.8, 0.4, 0.2, -0.6, 0.1], Statistics.Margins(TwoClasses).Select(m => Math.Round(m.Margin, 6)));
        var unknownLabel = TwoClasses with { Images = [Image("c", "a", 1, 0)] };
        Assert.Equal(double.PositiveInfinity, Statistics.Margins(unknownLabel).Single().Margin);
    }

    [Fact]
    public void Calibration_compares_confidence_and_accuracy()
    {
        var bins = Statistics.Calibration(TwoClasses, bins: 2);
        Assert.Equal([5], bins.Select(b => b.Count));
        Assert.Equal((0.71, 0.4), (Math.Round(bins[0].Confidence, 4), bins[0].Accuracy));
        Assert.Equal(0.31, Statistics.CalibrationError(bins), 6);
        // Of ten bins, two images share one.
        Assert.Equal((0.1 + 0.7 + 0.6 + 0.2 + 0.55) / 5, TwoClasses.CalibrationError!.Value, 6);
        Assert.EndsWith("expected calibration error 43.0 %", $"{TwoClasses}", StringComparison.Ordinal);
    }

    [Fact]
    public void Decision_values_are_not_probabilities()
    {
        Assert.True(Statistics.AreProbabilities(TwoClasses));
        var decisionValues = new Evaluation(["a"], [[1]], ["a"], [Image("a", "a", 1.5f, -0.5f)]);
        Assert.False(Statistics.AreProbabilities(decisionValues));
        Assert.Null(decisionValues.CalibrationError);
        Assert.DoesNotContain("calibration", $"{decisionValues}", StringComparison.Ordinal);
    }

    private static EvaluatedImage Image(string label, string predicted, params float[] scores) => new(null, label, predicted, scores, null);
}
