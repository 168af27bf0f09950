using TransferKit.Backbones;
using TransferKit.Pipelines.Detecting;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds detectors for things of one's own to <c>mlContext.MulticlassClassification</c>.</summary>
public static class FineTuneDetectorCatalog
{
    /// <summary>Trains Faster R-CNN over a pretrained network to find what is marked in images.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">What is in an image: a vector of keys or text.</param>
    /// <param name="boundingBoxColumnName">Where: left, top, right and bottom of each, in pixels, a vector of <see cref="float"/>.</param>
    /// <param name="imageColumnName">The column that holds the images: paths, encoded bytes, or MLImage.</param>
    /// <param name="backbone">The architecture, as <c>transferkit models</c> lists it.</param>
    public static FineTuneDetectorEstimator FineTuneDetector(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Labels", string boundingBoxColumnName = "BoundingBoxes", string imageColumnName = "ImagePath", Backbone? backbone = null) =>
        catalog.FineTuneDetector(new FineTuneDetectorEstimator.Options
        {
            LabelColumnName = labelColumnName,
            BoundingBoxColumnName = boundingBoxColumnName,
            ImageColumnName = imageColumnName,
            Backbone = backbone ?? "mobilenet_v2",
        });

    /// <summary>Trains a detector to find what is marked in images.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public static FineTuneDetectorEstimator FineTuneDetector(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog, FineTuneDetectorEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTuneDetectorEstimator(options);
    }
}
