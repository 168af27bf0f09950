using Microsoft.ML;

namespace TransferKit.Toolkit.Commands;

/// <summary>The classifiers that can be put on features.</summary>
internal static class Heads
{
    public static readonly string[] Names = ["svm", "logistic"];

    public static IEstimator<ITransformer> Create(MLContext context, string name) => name switch
    {
        "svm" => context.MulticlassClassification.Trainers.LinearSvm("LabelKey"),
        "logistic" => context.Transforms.NormalizeLpNorm("FeaturesNormalized", "Features").AppendCacheCheckpoint(context)
            .Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("LabelKey", "FeaturesNormalized", l1Regularization: 0, l2Regularization: 1e-2f)),
        _ => throw new ArgumentException($"Unknown head '{name}'; {string.Join(" and ", Names)} are known."),
    };
}
