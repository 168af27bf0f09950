using TransferKit.Backbones;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that they are found without another using.
namespace Microsoft.ML;

/// <summary>Adds fine-tuning of image networks to <c>mlContext.MulticlassClassification.Trainers</c>.</summary>
public static class FineTuneImagesCatalog
{
    /// <summary>
    /// Fine-tunes a pretrained network to classify images. Its initial weights are the bundled ones, or else the best published ones.
    /// </summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">The column of labels: a key.</param>
    /// <param name="imageColumnName">The column of images: paths, encoded bytes, or MLImage.</param>
    /// <param name="backbone">The architecture: a name that <c>transferkit models</c> lists, or one of your own; null for the
    /// default.</param>
    /// <param name="mode">Which layers are trained.</param>
    /// <exception cref="ArgumentException">The mode is invalid for the backbone.</exception>
    public static FineTuneImagesEstimator FineTuneImages(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Label", string imageColumnName = "ImagePath", Backbone? backbone = null,
        FineTuneMode mode = FineTuneMode.LastLayer) =>
        catalog.FineTuneImages(new FineTuneImagesEstimator.Options
        {
            LabelColumnName = labelColumnName,
            ImageColumnName = imageColumnName,
            Backbone = backbone ?? Registry.Default,
            Mode = mode,
        });

    /// <summary>Fine-tunes a pretrained network to classify images.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="options">The columns, and the options of the training.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    public static FineTuneImagesEstimator FineTuneImages(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        FineTuneImagesEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTuneImagesEstimator(options);
    }
}
