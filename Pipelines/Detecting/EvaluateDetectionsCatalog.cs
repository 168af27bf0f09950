using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;

// ML.NET's packages put their extension methods where MLContext is, so that they are found without a further using.
namespace Microsoft.ML;

/// <summary>Adds the evaluation of object detection to <c>mlContext.MulticlassClassification</c>.</summary>
public static class EvaluateDetectionsCatalog
{
    /// <summary>Evaluates detections by COCO's average precision and recall; see <see cref="CocoEvaluation"/>.</summary>
    /// <remarks>Detections of a label that no image has are ignored.</remarks>
    /// <param name="catalog">The catalog.</param>
    /// <param name="data">The output of a detector for annotated images.</param>
    /// <param name="labelColumnName">The labels of the objects in an image: a vector of keys or text.</param>
    /// <param name="boundingBoxColumnName">Their boxes: a vector of left, top, right and bottom of each, in pixels.</param>
    /// <param name="crowdColumnName">
    /// Which of them are crowds, a vector of <see cref="bool"/>: ignored as COCO does. Null for <c>Crowd</c>, if the data has it.
    /// </param>
    /// <param name="difficultColumnName">
    /// Which of them are difficult, a vector of <see cref="bool"/>: ignored as Pascal VOC does. Null for <c>Difficult</c>, if the data has
    /// it.
    /// </param>
    /// <param name="progress">Receives the number of images that were evaluated so far.</param>
    /// <param name="cancellationToken">Cancels the evaluation.</param>
    /// <exception cref="ArgumentException">A column is missing or of the wrong type, or a row lacks coordinates.</exception>
    /// <exception cref="OperationCanceledException">The evaluation was canceled.</exception>
    public static CocoEvaluation EvaluateDetections(this MulticlassClassificationCatalog catalog, IDataView data,
        string labelColumnName = "Labels", string boundingBoxColumnName = "BoundingBoxes", string? crowdColumnName = null,
        string? difficultColumnName = null, IProgress<int>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(data);
        var groundTruth = AnnotationColumns.Of(data.Schema, labelColumnName, boundingBoxColumnName, crowdColumnName, difficultColumnName);
        return DetectionEvaluator.Evaluate(data, groundTruth, progress, cancellationToken);
    }
}
