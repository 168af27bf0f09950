using TransferKit.Backbones;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds fine-tuning of image networks to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class FineTuneImagesCatalog
{
    /// <summary>Fine-tunes a pretrained network, with the weights that come with TransferKit or the best published, to the labels of images.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">The label, a key.</param>
    /// <param name="featureColumnName">The column that holds the images: paths, encoded bytes, or MLImage.</param>
    /// <param name="backbone">The architecture, as <c>transferkit models</c> lists it.</param>
    /// <param name="mode">How much of it is trained.</param>
    public static FineTuneImagesEstimator FineTuneImages(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string featureColumnName = "ImagePath", Backbone? backbone = null, FineTuneMode mode = FineTuneMode.LastLayer) =>
        catalog.FineTuneImages(new FineTuneImagesEstimator.Options { LabelColumnName = labelColumnName, FeatureColumnName = featureColumnName, Backbone = backbone ?? Registry.Default, Mode = mode });

    /// <summary>Fine-tunes a pretrained network to the labels of images.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public static FineTuneImagesEstimator FineTuneImages(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FineTuneImagesEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTuneImagesEstimator(options);
    }
}
