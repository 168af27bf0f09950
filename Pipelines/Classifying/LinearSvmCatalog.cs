using TransferKit.Pipelines.Classifying;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that they are found without another using.
namespace Microsoft.ML;

/// <summary>Adds a linear support vector machine for deep features to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class LinearSvmCatalog
{
    /// <summary>Trains one-versus-all linear support vector machines on features of a pretrained network.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">The column of labels: a key.</param>
    /// <param name="featureColumnName">The column of features: a vector of known size.</param>
    public static DeepLinearSvmEstimator LinearSvm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "Features") =>
        catalog.LinearSvm(new DeepLinearSvmEstimator.Options { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName });

    /// <summary>Trains one-versus-all linear support vector machines on features of a pretrained network.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="options">The columns, and the options of the training.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    public static DeepLinearSvmEstimator LinearSvm(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        DeepLinearSvmEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new DeepLinearSvmEstimator(catalog, options);
    }
}
