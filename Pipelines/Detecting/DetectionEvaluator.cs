using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using Found = TransferKit.Detection.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>What a detector found, beside what is there.</summary>
internal static class DetectionEvaluator
{
    /// <summary>Compares them; labels that are found but in no image never count.</summary>
    /// <param name="data">A detector's output.</param>
    /// <param name="groundTruth">The columns that say what is there.</param>
    public static CocoEvaluation Evaluate(IDataView data, AnnotationColumns groundTruth)
    {
        var usual = new ObjectDetectingEstimator.Options();
        var found = AnnotationColumns.Of(data.Schema, usual.PredictedLabelColumnName, usual.PredictedBoundingBoxColumnName);
        var score = AnnotationColumns.Find(data.Schema, usual.ScoreColumnName, t => t == NumberDataViewType.Single, "Single");
        List<string> labels = [.. groundTruth.Names(data)];
        var images = new List<(IReadOnlyList<Found>, IReadOnlyList<LabeledBox>)>();
        using var cursor = data.GetRowCursor([.. groundTruth.All, .. found.All, score]);
        var (there, seen, scores) = (groundTruth.Reader(cursor), found.Reader(cursor), AnnotationColumns.Vector<float>(cursor, score));
        while (cursor.MoveNext())
            images.Add(([.. seen().Zip(scores(), (s, likely) => new Found(s.Thing.Box, 1 + labels.IndexOf(s.Label), likely))], [.. there().Where(t => t.Label.Length > 0).Select(t => t.Thing with { Label = 1 + labels.IndexOf(t.Label) })]));
        return new CocoEvaluation(images) { Names = labels };
    }
}
