using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using Found = TransferKit.Detection.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>What a detector found, beside what is there.</summary>
internal static class FoundThings
{
    /// <summary>Compares them; labels that are found but in no image never count.</summary>
    /// <param name="data">A detector's output.</param>
    /// <param name="truths">The columns that say what is there.</param>
    public static CocoEvaluation Evaluate(IDataView data, ThingColumns truths)
    {
        var usual = new ObjectDetectingEstimator.Options();
        var found = ThingColumns.Of(data.Schema, usual.PredictedLabelColumnName, usual.PredictedBoundingBoxColumnName);
        var score = ThingColumns.Find(data.Schema, usual.ScoreColumnName, t => t == NumberDataViewType.Single, "Single");
        List<string> labels = [.. truths.Names(data)];
        var images = new List<(IReadOnlyList<Found>, IReadOnlyList<LabeledBox>)>();
        using var cursor = data.GetRowCursor([.. truths.All, .. found.All, score]);
        var (there, seen, scores) = (truths.Reader(cursor), found.Reader(cursor), ThingColumns.Vector<float>(cursor, score));
        while (cursor.MoveNext())
            images.Add(([.. seen().Zip(scores(), (s, likely) => new Found(s.Thing.Box, 1 + labels.IndexOf(s.Label), likely))], [.. there().Where(t => t.Label.Length > 0).Select(t => t.Thing with { Label = 1 + labels.IndexOf(t.Label) })]));
        return new CocoEvaluation(images) { Names = labels };
    }
}
