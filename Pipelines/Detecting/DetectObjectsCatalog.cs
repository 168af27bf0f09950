using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds object detection to <c>mlContext.Transforms</c>.</summary>
public static class DetectObjectsCatalog
{
    /// <summary>Finds things in images by one of torchvision's detectors, trained on COCO.</summary>
    /// <param name="catalog">The transforms' catalog.</param>
    /// <param name="imageColumnName">The column that holds the images: paths, encoded bytes, or MLImage.</param>
    /// <param name="detector">The detector's name.</param>
    /// <exception cref="ArgumentException">There is no such detector.</exception>
    public static ObjectDetectingEstimator DetectObjects(this TransformsCatalog catalog, string imageColumnName, string detector = "fasterrcnn_mobilenet_v3_large_320_fpn") =>
        catalog.DetectObjects(new ObjectDetectingEstimator.Options { ImageColumnName = imageColumnName, Detector = Detectors.Get(detector) });

    /// <summary>Finds things in images.</summary>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    public static ObjectDetectingEstimator DetectObjects(this TransformsCatalog catalog, ObjectDetectingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ObjectDetectingEstimator(options);
    }
}
