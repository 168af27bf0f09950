using System.Globalization;
using Microsoft.ML;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Benchmarks;

/// <summary>
/// Compares classifiers on the features of a frozen network by cross-validation, repeated with other folds; the features are computed once.
/// </summary>
internal static class HeadComparison
{
    private const int Folds = 5, Repetitions = 3;

    private static readonly float[] LogisticRegularizations = [0.1f, 0.03f, 0.01f, 0.003f];

    public static int Run(string folder, string backbone, string weights)
    {
        var context = new MLContext(1);
        var images = context.Data.LoadImagesFromFolder(folder);
        var featurizer = context.Transforms.Conversion.MapValueToKey("Label").Append(
            context.Transforms.FeaturizeImages(new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = weights }));
        var features = context.Data.Cache(featurizer.Fit(images).Transform(images), "Features", "Label");
        var trainers = context.MulticlassClassification.Trainers;
        Compare(context, features, "svm", trainers.LinearSvm());
        foreach (float l2 in LogisticRegularizations)
        {
            var logistic = context.Transforms.NormalizeLpNorm("Features").AppendCacheCheckpoint(context)
                .Append(trainers.LbfgsMaximumEntropy(l1Regularization: 0, l2Regularization: l2));
            Compare(context, features, string.Create(CultureInfo.InvariantCulture, $"logistic, L2 {l2}"), logistic);
        }
        return 0;
    }

    private static void Compare(MLContext context, IDataView features, string head, IEstimator<ITransformer> trainer)
    {
        var folds = Enumerable.Range(1, Repetitions)
            .SelectMany(seed => context.MulticlassClassification.CrossValidate(features, trainer, Folds, seed: seed))
            .Select(f => (f.Metrics, Total: f.Metrics.ConfusionMatrix.Counts.Sum(row => row.Sum()))).ToArray();
        double total = folds.Sum(f => f.Total);
        double accuracy = folds.Sum(f => f.Metrics.MicroAccuracy * f.Total) / total;
        double loss = folds.Sum(f => f.Metrics.LogLoss * f.Total) / total;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{head,-20}accuracy {100 * accuracy:0.0} %, log-loss {loss:0.000}"));
    }
}
