using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Classifying;

namespace TransferKit.Tests.Pipelines.Classifying;

public class LinearSvmTests
{
    private readonly MLContext _context = new(1);

    [Fact]
    public void It_separates_clusters_the_same_each_time_and_reads_the_data_once()
    {
        int rowsRead = 0;
        var train = _context.Data.LoadFromEnumerable(Clusters(1).Select(row =>
        {
            rowsRead++;
            return row;
        }));
        var keys = _context.Transforms.Conversion.MapValueToKey("Label").Fit(train);
        var keyed = keys.Transform(train);
        rowsRead = 0;
        var svm = _context.MulticlassClassification.Trainers.LinearSvm();
        var model = svm.Fit(keyed);
        Assert.Equal(60, rowsRead);
        var test = keys.Transform(_context.Data.LoadFromEnumerable(Clusters(2)));
        Assert.Equal(1, _context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy);
        Assert.Equal(Scores(model, test), Scores(svm.Fit(keyed), test));
    }

    // scikit-learn 1.2: LinearSVC(C=1, intercept_scaling=0) on the two normalized examples (1, 0) and (0, 1): by symmetry w = (a, -a),
    // and the minimum of a^2 + 2 (1 - a)^2 is at a = 2/3.
    [Fact]
    public void The_solution_is_that_of_LIBLINEAR()
    {
        var data = TwoExamples();
        var options = new DeepLinearSvmEstimator.Options { ConvergenceTolerance = 1e-6f, NumberOfCalibrationFolds = 0 };
        float[] scores = Scores(_context.MulticlassClassification.Trainers.LinearSvm(options).Fit(data), data)[0];
        Assert.Equal(2 / 3.0, scores[0], tolerance: 1e-3);
        Assert.Equal(-2 / 3.0, scores[1], tolerance: 1e-3);
    }

    [Fact]
    public void Its_scores_are_probabilities_and_its_predictions_those_of_the_decision_values()
    {
        var data = Keyed(Overlapping(1));
        var test = Keyed(Overlapping(2));
        var trainers = _context.MulticlassClassification.Trainers;
        var model = trainers.LinearSvm().Fit(data);
        var decisions = trainers.LinearSvm(new DeepLinearSvmEstimator.Options { NumberOfCalibrationFolds = 0 }).Fit(data);
        float[][] probabilities = Scores(model, test);
        Assert.All(probabilities, row => Assert.Equal(1, row.Sum(), tolerance: 1e-5));
        Assert.Equal(Labels(decisions, test), Labels(model, test));
        var metrics = _context.MulticlassClassification.Evaluate(model.Transform(test));
        // The clusters overlap: some 80 % are classified correctly, and the mean probability of the prediction says so.
        Assert.InRange(metrics.MicroAccuracy, 0.7, 0.9);
        Assert.Equal(metrics.MicroAccuracy, probabilities.Average(row => row.Max()), tolerance: 0.05);
        Assert.InRange(metrics.LogLoss, 0.3, 0.6);
        VBuffer<ReadOnlyMemory<char>> names = default;
        model.Transform(test).Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["class 0", "class 1", "class 2"], names.DenseValues().Select(name => name.ToString()));

        static uint[] Labels(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<uint>("PredictedLabel")];
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public void An_invalid_number_of_folds_is_quoted(int folds)
    {
        var options = new DeepLinearSvmEstimator.Options { NumberOfCalibrationFolds = folds };
        var error = Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.LinearSvm(options));
        string message = $"A number of {folds} calibration folds is invalid: it must be at least 2";
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Later_changes_of_the_options_do_not_affect_it()
    {
        var data = TwoExamples();
        var options = new DeepLinearSvmEstimator.Options { ConvergenceTolerance = 1e-6f, NumberOfCalibrationFolds = 0 };
        var svm = _context.MulticlassClassification.Trainers.LinearSvm(options);
        (options.Cost, options.FeatureColumnName) = (1e-3f, "Other");
        Assert.Equal(2 / 3.0, Scores(svm.Fit(data), data)[0][0], tolerance: 1e-3);
    }

    [Fact]
    public void An_invalid_cost_is_quoted()
    {
        var options = new DeepLinearSvmEstimator.Options { Cost = 0 };
        var error = Assert.Throws<ArgumentException>(() => _context.MulticlassClassification.Trainers.LinearSvm(options));
        Assert.Contains("A cost of 0 is invalid: it must be above 0", error.Message, StringComparison.Ordinal);
    }

    private static float[][] Scores(ITransformer model, IDataView data) => [.. model.Transform(data).GetColumn<float[]>("Score")];

    private static IEnumerable<Row> Clusters(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 60; i++)
        {
            float[] features = [.. Enumerable.Range(0, 8).Select(d => (d == i % 3 ? 2 : 0) + random.NextSingle())];
            yield return new Row { Label = $"class {i % 3}", Features = features };
        }
    }

    private static IEnumerable<Row> Overlapping(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 600; i++)
        {
            float[] features = [.. Enumerable.Range(0, 8).Select(d => (d == i % 3 ? 0.5f : 0) + random.NextSingle())];
            yield return new Row { Label = $"class {i % 3}", Features = features };
        }
    }

    private IDataView TwoExamples() => Keyed(
    [
        new() { Label = "a", Features = [5, 0, 0, 0, 0, 0, 0, 0] },
        new() { Label = "b", Features = [0, 3, 0, 0, 0, 0, 0, 0] },
    ]);

    private IDataView Keyed(IEnumerable<Row> rows)
    {
        var data = _context.Data.LoadFromEnumerable(rows);
        return _context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
    }

    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(8)]
        public float[] Features { get; set; } = [];
    }
}
