using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Classifying;

namespace TransferKit.Toolkit.Commands;

/// <summary>Classifiers on features, and the conversion of labels around a trainer.</summary>
internal static class Heads
{
    /// <summary>The column of labels as keys.</summary>
    public const string KeyColumn = "LabelKey";

    /// <summary>A linear support vector machine.</summary>
    public const string Svm = "svm";

    private const string Logistic = "logistic";

    // Chosen by cross-validation, as the default is: Tests/Benchmarks/README.md.
    private const float LogisticRegularization = 0.03f;

    /// <summary>The names of the classifiers; the first is the default.</summary>
    public static readonly string[] Names = [Svm, Logistic];

    /// <summary>Puts a trainer of keys between text labels and predicted text labels.</summary>
    public static EstimatorChain<ITransformer> WithTextLabels(MLContext context, IEstimator<ITransformer> trainer) =>
        new EstimatorChain<ITransformer>()
            .Append(context.Transforms.Conversion.MapValueToKey(KeyColumn, "Label"))
            .Append(trainer)
            .Append<ITransformer>(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));

    /// <summary>Creates the trainer of a classifier on the column <c>Features</c>.</summary>
    /// <exception cref="ArgumentException">There is no classifier of this name.</exception>
    public static IEstimator<ITransformer> Create(MLContext context, string name, int seed, float cost = 1)
    {
        var trainers = context.MulticlassClassification.Trainers;
        return name switch
        {
            Svm => trainers.LinearSvm(new DeepLinearSvmEstimator.Options { LabelColumnName = KeyColumn, Seed = seed, Cost = cost }),
            Logistic => context.Transforms.NormalizeLpNorm("FeaturesNormalized", "Features").AppendCacheCheckpoint(context)
                .Append(trainers.LbfgsMaximumEntropy(
                    KeyColumn, "FeaturesNormalized", l1Regularization: 0, l2Regularization: LogisticRegularization)),
            _ => throw new ArgumentException($"Unknown head '{name}': it must be one of {string.Join(", ", Names)}."),
        };
    }
}
