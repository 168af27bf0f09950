using Microsoft.ML;

namespace TransferKit.Pipelines.Evaluating;

/// <summary>Predicts test images and counts the predictions of each class.</summary>
internal static class ImageEvaluator
{
    /// <summary>Evaluates a classifier. Its labels count as classes even where no test image has them.</summary>
    public static Evaluation Evaluate(ITransformer model, IDataView test, EvaluationOptions options)
    {
        var scored = model.Transform(test);
        CheckColumns(scored.Schema, options.KeepFeatures);
        string[] labels = Evaluation.LabelsOf(scored.Schema);
        var images = new List<EvaluatedImage>();
        foreach (var row in Rows(scored, options.KeepFeatures))
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            images.Add(new(row.ImagePath, row.Label, row.PredictedLabel, row.Score, (row as FeaturedRow)?.Features));
            options.Progress?.Report(images.Count);
        }
        string[] classes = [.. images.Select(i => i.Label).Concat(labels).Distinct().Order(StringComparer.Ordinal)];
        return new Evaluation(classes, Count(classes, images), labels, images);
    }

    private static void CheckColumns(DataViewSchema schema, bool withFeatures)
    {
        string[] needed = [nameof(Row.Label), nameof(Row.PredictedLabel), nameof(Row.Score), nameof(FeaturedRow.Features)];
        foreach (string name in withFeatures ? needed : needed[..^1])
            if (schema.GetColumnOrNull(name) is null)
                throw new ArgumentException(
                    $"There is no column '{name}' in the model's output; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");
    }

    private static int[][] Count(string[] classes, IEnumerable<EvaluatedImage> images)
    {
        var indices = classes.Index().ToDictionary(c => c.Item, c => c.Index);
        int[][] counts = [.. classes.Select(_ => new int[classes.Length])];
        foreach (var image in images)
            counts[indices[image.Label]][indices[image.Predicted]]++;
        return counts;
    }

    private static IEnumerable<Row> Rows(IDataView scored, bool withFeatures)
    {
        var data = new MLContext().Data;
        return withFeatures
            ? data.CreateEnumerable<FeaturedRow>(scored, reuseRowObject: false, ignoreMissingColumns: true)
            : data.CreateEnumerable<Row>(scored, reuseRowObject: false, ignoreMissingColumns: true);
    }

    private class Row
    {
        public string Label { get; set; } = "";

        public string PredictedLabel { get; set; } = "";

        public float[] Score { get; set; } = [];

        // Null for data without this column, such as images in memory.
        public string? ImagePath { get; set; }
    }

    private sealed class FeaturedRow : Row
    {
        public float[] Features { get; set; } = [];
    }
}
