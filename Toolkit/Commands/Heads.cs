using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Classifying;

namespace TransferKit.Toolkit.Commands;

/// <summary>The classifiers that can be put on features.</summary>
internal static class Heads
{
    public static readonly string[] Names = ["svm", "logistic"];

    /// <summary>A trainer between text labels and text labels.</summary>
    public static EstimatorChain<ITransformer> Labeled(MLContext context, string key, IEstimator<ITransformer> trainer) =>
        new EstimatorChain<ITransformer>()
            .Append(context.Transforms.Conversion.MapValueToKey(key, "Label"))
            .Append(trainer)
            .Append<ITransformer>(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    public static IEstimator<ITransformer> Create(MLContext context, string name, int seed) => name switch
    {
        "svm" => context.MulticlassClassification.Trainers.LinearSvm(new DeepLinearSvmEstimator.Options { LabelColumnName = "LabelKey", Seed = seed }),
        "logistic" => context.Transforms.NormalizeLpNorm("FeaturesNormalized", "Features").AppendCacheCheckpoint(context)
            .Append(context.MulticlassClassification.Trainers.LbfgsMaximumEntropy("LabelKey", "FeaturesNormalized", l1Regularization: 0, l2Regularization: 1e-2f)),
        _ => throw new ArgumentException($"Unknown head '{name}'; {string.Join(" and ", Names)} are known."),
    };
}
