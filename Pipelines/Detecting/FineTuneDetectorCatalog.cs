using TransferKit.Backbones;
using TransferKit.Pipelines.Detecting;

// ML.NET's packages put their extension methods into the namespace of MLContext, so that they are found without another using.
namespace Microsoft.ML;

/// <summary>Adds training and evaluation of object detectors to <c>mlContext.MulticlassClassification</c>.</summary>
public static class FineTuneDetectorCatalog
{
    /// <summary>Trains Faster R-CNN on a pretrained backbone to detect the objects that are annotated in images.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="labelColumnName">The column of labels: a vector of keys or text, one for each object.</param>
    /// <param name="boundingBoxColumnName">
    /// The column of boxes: a vector of <see cref="float"/>, left, top, right and bottom of each object in pixels.
    /// </param>
    /// <param name="imageColumnName">The column of images: paths, encoded bytes, or MLImage.</param>
    /// <param name="backbone">The architecture: a name that <c>transferkit models</c> lists, or one of your own; null for the
    /// default.</param>
    /// <exception cref="ArgumentException">The backbone is invalid for a detector.</exception>
    public static FineTuneDetectorEstimator FineTuneDetector(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        string labelColumnName = "Labels", string boundingBoxColumnName = "BoundingBoxes", string imageColumnName = "ImagePath",
        Backbone? backbone = null)
    {
        var options = new FineTuneDetectorEstimator.Options
        {
            LabelColumnName = labelColumnName,
            BoundingBoxColumnName = boundingBoxColumnName,
            ImageColumnName = imageColumnName,
        };
        options.Backbone = backbone ?? options.Backbone;
        return catalog.FineTuneDetector(options);
    }

    /// <summary>Trains a detector to detect the objects that are annotated in images.</summary>
    /// <param name="catalog">The trainers' catalog.</param>
    /// <param name="options">The columns, and the options of the training.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    public static FineTuneDetectorEstimator FineTuneDetector(this MulticlassClassificationCatalog.MulticlassClassificationTrainers catalog,
        FineTuneDetectorEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new FineTuneDetectorEstimator(options);
    }
}
