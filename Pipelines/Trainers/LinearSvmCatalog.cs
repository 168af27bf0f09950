using TransferKit.Pipelines.Trainers;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds a linear support vector machine for deep features to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class LinearSvmCatalog
{
    /// <summary>A linear support vector machine for each class against the rest, on features of length 1.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">The label, a key.</param>
    /// <param name="featureColumnName">The features, a vector of known size.</param>
    public static IEstimator<ITransformer> LinearSvm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features") =>
        catalog.LinearSvm(new DeepLinearSvmOptions { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName });

    /// <summary>A linear support vector machine for each class against the rest, on features of length 1.</summary>
    public static IEstimator<ITransformer> LinearSvm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DeepLinearSvmOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        var context = new MLContext(options.Seed);
        string normalized = options.FeatureColumnName + "Normalized";
        var binary = context.BinaryClassification.Trainers.LinearSvm(new()
        {
            LabelColumnName = options.LabelColumnName,
            FeatureColumnName = normalized,
            NumberOfIterations = options.NumberOfIterations,
            Lambda = options.Lambda,
        });
        // Every class passes over the data many times: without a cache each pass would run the network again.
        return context.Transforms.NormalizeLpNorm(normalized, options.FeatureColumnName)
            .AppendCacheCheckpoint(context)
            .Append(catalog.OneVersusAll(binary, options.LabelColumnName, useProbabilities: false));
    }
}
