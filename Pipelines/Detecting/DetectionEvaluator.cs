using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using DetectedObject = TransferKit.Detection.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>Evaluates the output of a detector.</summary>
internal static class DetectionEvaluator
{
    /// <summary>Compares detections with the ground truth. Detections of a label that no image has are ignored.</summary>
    /// <param name="data">The output of a detector.</param>
    /// <param name="groundTruth">The columns of the ground truth.</param>
    /// <param name="progress">Receives the number of images that were evaluated so far.</param>
    /// <param name="cancellationToken">Cancels the evaluation.</param>
    public static CocoEvaluation Evaluate(IDataView data, AnnotationColumns groundTruth, IProgress<int>? progress,
        CancellationToken cancellationToken)
    {
        var names = new ObjectDetectingEstimator.Options();
        var predicted = AnnotationColumns.Of(data.Schema, names.PredictedLabelColumnName, names.PredictedBoundingBoxColumnName);
        var score = AnnotationColumns.Find(data.Schema, names.ScoreColumnName, t => t == NumberDataViewType.Single, "Single");
        List<string> labels = [.. groundTruth.Names(data)];
        var images = new List<(IReadOnlyList<DetectedObject>, IReadOnlyList<LabeledBox>)>();
        using var cursor = data.GetRowCursor([.. groundTruth.All, predicted.Label, predicted.Boxes, score]);
        var (readObjects, readPredicted) = (groundTruth.Reader(cursor), predicted.Reader(cursor));
        var readScores = AnnotationReader.Vector<float>(cursor, score);
        while (cursor.MoveNext())
        {
            cancellationToken.ThrowIfCancellationRequested();
            // A label that no image has gets the number 0, which is no class.
            DetectedObject[] detections =
                [.. readPredicted().Zip(readScores(), (p, s) => new DetectedObject(p.Object.Box, 1 + labels.IndexOf(p.Label), s))];
            var objects = readObjects().Where(o => o.Label.Length > 0);
            images.Add((detections, [.. objects.Select(o => o.Object with { Label = 1 + labels.IndexOf(o.Label) })]));
            progress?.Report(images.Count);
        }
        return new CocoEvaluation(images) { Names = labels };
    }
}
