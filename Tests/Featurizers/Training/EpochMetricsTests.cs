using System.Text.Json;
using TransferKit.Training;

namespace TransferKit.Tests.Featurizers.Training;

public class EpochMetricsTests
{
    private static readonly EpochMetrics ClassifierMetrics = Epoch(3, ("accuracy", 0.873), ("accuracy", 0.85));
    private static readonly EpochMetrics DetectorMetrics = Epoch(3, ("proposal accuracy", 0.873), ("AP50", 0.25));

    [Fact]
    public void ToString_names_every_metric()
    {
        const string End = "; learning rate 4.9E-4, 12.3 s";
        Assert.Equal($"Epoch 3: loss 0.412, accuracy 87.3 %; validation loss 0.500, accuracy 85.0 %{End}", $"{ClassifierMetrics}");
        Assert.Equal($"Epoch 3: loss 0.412, proposal accuracy 87.3 %; validation loss 0.500, AP50 25.0 %{End}", $"{DetectorMetrics}");
        var withoutValidation = ClassifierMetrics with { ValidationLoss = null, ValidationMetrics = new Dictionary<string, double>() };
        Assert.Equal($"Epoch 3: loss 0.412, accuracy 87.3 %{End}", $"{withoutValidation}");
    }

    [Fact]
    public void Only_a_classifier_has_an_accuracy()
    {
        Assert.Equal((0.873, 0.85), (ClassifierMetrics.Accuracy, ClassifierMetrics.ValidationAccuracy));
        Assert.Null(DetectorMetrics.Accuracy);
        Assert.Null(DetectorMetrics.ValidationAccuracy);
        Assert.Equal(0.25, DetectorMetrics.ValidationMetrics["AP50"]);
    }

    [Fact]
    public void Metrics_are_compared_by_their_content_and_survive_JSON()
    {
        Assert.Equal(Epoch(3, ("accuracy", 0.873), ("accuracy", 0.85)), ClassifierMetrics);
        Assert.Equal(Epoch(3, ("accuracy", 0.873), ("accuracy", 0.85)).GetHashCode(), ClassifierMetrics.GetHashCode());
        Assert.NotEqual(Epoch(3, ("accuracy", 0.873), ("accuracy", 0.86)), ClassifierMetrics);
        Assert.NotEqual(DetectorMetrics, ClassifierMetrics);
        Assert.Equal(DetectorMetrics, JsonSerializer.Deserialize<EpochMetrics>(JsonSerializer.Serialize(DetectorMetrics)));
    }

    [Fact]
    public void Learning_curves_have_a_chart_for_each_metric_under_its_own_name()
    {
        string classifier = new TrainingHistory(Epoch(1, ("accuracy", 0.5), ("accuracy", 0.4)), ClassifierMetrics).ToHtml();
        Assert.Equal(["loss", "accuracy"], Titles(classifier));
        string detector = new TrainingHistory(Epoch(1, ("proposal accuracy", 0.5), ("AP50", 0.1)), DetectorMetrics).ToHtml();
        Assert.Equal(["loss", "proposal accuracy", "AP50"], Titles(detector));
    }

    [Fact]
    public void ToString_of_an_empty_history_says_so() => Assert.Equal("No epoch is done yet.", $"{new TrainingHistory()}");

    private static string[] Titles(string html) => [.. html.Split("aria-label=\"").Skip(1).Select(rest => rest.Split('"')[0])];

    private static EpochMetrics Epoch(int number, (string Name, double Value) training, (string Name, double Value) validation) =>
        new("all layers", number, 4.9e-4, 0.412, 0.5, 12.34)
        {
            TrainingMetrics = new Dictionary<string, double> { [training.Name] = training.Value },
            ValidationMetrics = new Dictionary<string, double> { [validation.Name] = validation.Value },
        };
}
