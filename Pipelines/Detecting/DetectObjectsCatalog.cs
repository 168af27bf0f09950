using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds object detection to <c>mlContext.Transforms</c>.</summary>
public static class DetectObjectsCatalog
{
    /// <summary>Detects objects in images with one of torchvision's detectors, trained on COCO's 80 classes.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="imageColumnName">The image column: paths, encoded bytes, or MLImage.</param>
    /// <param name="detector">The name of the detector.</param>
    /// <exception cref="ArgumentException">No detector has this name.</exception>
    public static ObjectDetectingEstimator DetectObjects(this TransformsCatalog catalog, string imageColumnName,
        string detector = Detectors.Default) =>
        catalog.DetectObjects(new ObjectDetectingEstimator.Options
        {
            ImageColumnName = imageColumnName,
            Detector = Detectors.Get(detector),
        });

    /// <summary>Detects objects in images with a detector that was created or loaded before.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="imageColumnName">The image column: paths, encoded bytes, or MLImage.</param>
    /// <param name="detector">The detector, which has a fixed input size. The fitted transformer disposes it.</param>
    /// <exception cref="ArgumentException">The detector has no fixed input size.</exception>
    public static ObjectDetectingEstimator DetectObjects(this TransformsCatalog catalog, string imageColumnName, ObjectDetector detector)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(detector);
        return new ObjectDetectingEstimator(new() { ImageColumnName = imageColumnName }, detector);
    }

    /// <summary>Detects objects in images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The columns and the detector.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    public static ObjectDetectingEstimator DetectObjects(this TransformsCatalog catalog, ObjectDetectingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ObjectDetectingEstimator(options);
    }
}
