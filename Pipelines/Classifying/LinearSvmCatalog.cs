using TransferKit.Pipelines.Classifying;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds a linear support vector machine for deep features to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class LinearSvmCatalog
{
    /// <summary>A linear support vector machine for each class against the rest, for features of pretrained networks.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">The label, a key.</param>
    /// <param name="featureColumnName">The features, a vector of known size.</param>
    public static DeepLinearSvmEstimator LinearSvm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features") =>
        catalog.LinearSvm(new DeepLinearSvmEstimator.Options { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName });

    /// <summary>A linear support vector machine for each class against the rest, for features of pretrained networks.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public static DeepLinearSvmEstimator LinearSvm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, DeepLinearSvmEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeepLinearSvmEstimator(catalog, options);
    }
}
