using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Classifying;

namespace TransferKit.Tests.Pipelines.Classifying;

public class LinearSvmTests
{
    private sealed class Row
    {
        public string Label { get; set; } = "";

        [VectorType(8)]
        public float[] Features { get; set; } = [];
    }

    private static IEnumerable<Row> Clusters(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 60; i++)
            yield return new Row { Label = $"class {i % 3}", Features = [.. Enumerable.Range(0, 8).Select(d => (d == i % 3 ? 2 : 0) + random.NextSingle())] };
    }

    [Fact]
    public void It_separates_what_is_separable_the_same_each_time_and_reads_the_data_once()
    {
        var context = new MLContext(1);
        int read = 0;
        var train = context.Data.LoadFromEnumerable(Clusters(1).Select(r => { read++; return r; }));
        var keyed = context.Transforms.Conversion.MapValueToKey("Label").Fit(train).Transform(train);
        read = 0;
        var svm = context.MulticlassClassification.Trainers.LinearSvm();
        var model = svm.Fit(keyed);
        Assert.Equal(60, read);
        var test = context.Transforms.Conversion.MapValueToKey("Label").Fit(train).Transform(context.Data.LoadFromEnumerable(Clusters(2)));
        Assert.Equal(1, context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy);
        float[][] scores = [.. model.Transform(test).GetColumn<float[]>("Score")];
        Assert.Equal(scores, svm.Fit(keyed).Transform(test).GetColumn<float[]>("Score"));
    }

    // scikit-learn 1.2: LinearSVC(C=1, intercept_scaling=0) on the two normalized examples (1, 0) and (0, 1): by symmetry w = (a, -a),
    // and the minimum of a^2 + 2 (1 - a)^2 is at a = 2/3.
    [Fact]
    public void The_solution_is_LIBLINEARs()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable([new Row { Label = "a", Features = [5, 0, 0, 0, 0, 0, 0, 0] }, new Row { Label = "b", Features = [0, 3, 0, 0, 0, 0, 0, 0] }]);
        var keyed = context.Transforms.Conversion.MapValueToKey("Label").Fit(data).Transform(data);
        var model = context.MulticlassClassification.Trainers.LinearSvm(new DeepLinearSvmEstimator.Options { ConvergenceTolerance = 1e-6f }).Fit(keyed);
        float[][] scores = [.. model.Transform(keyed).GetColumn<float[]>("Score")];
        Assert.Equal(2 / 3.0, scores[0][0], tolerance: 1e-3);
        Assert.Equal(-2 / 3.0, scores[0][1], tolerance: 1e-3);
    }

    [Fact]
    public void An_impossible_cost_is_refused() =>
        Assert.Contains("A cost of 0 is impossible", Assert.Throws<ArgumentException>(() => new MLContext().MulticlassClassification.Trainers.LinearSvm(new DeepLinearSvmEstimator.Options { Cost = 0 })).Message, StringComparison.Ordinal);
}
