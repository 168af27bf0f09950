using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Pipelines.Evaluating;

/// <summary>Predicts test images and counts the predictions of each class.</summary>
internal static class ImageEvaluator
{
    private const string Path = "ImagePath", Image = "Image", Label = "Label";

    /// <summary>Evaluates a transformer. Its labels count as classes even where no test image has them.</summary>
    public static Evaluation Evaluate(ITransformer model, IDataView test, EvaluationOptions options)
    {
        var scored = model.Transform(test);
        CheckColumns(scored.Schema, options.KeepFeatures);
        return Evaluate(Evaluation.LabelsOf(scored.Schema), options, Rows(scored, options.KeepFeatures).Select(row =>
            new EvaluatedImage(row.ImagePath, row.Label, row.PredictedLabel, row.Score, (row as FeaturedRow)?.Features)));
    }

    /// <summary>Evaluates a model file. Its labels count as classes even where no test image has them.</summary>
    public static Evaluation Evaluate(ImageClassifier classifier, IDataView test, EvaluationOptions options)
    {
        var tested = Read(test).Select(row =>
            (row.File, row.Label, Result: classifier.ClassifyAsync(row.Image, options.CancellationToken)));
        return Evaluate(classifier.Labels, options, Ahead(tested, classifier.Capacity).Select(row =>
        {
            var result = row.Result.GetAwaiter().GetResult();
            var scores = result.Scores.ToDictionary(s => s.Label, s => s.Score);
            return new EvaluatedImage(row.File, row.Label, result.Label, [.. classifier.Labels.Select(label => scores[label])],
                options.KeepFeatures ? result.Features.ToArray() : null);
        }));
    }

    private static Evaluation Evaluate(IReadOnlyList<string> labels, EvaluationOptions options, IEnumerable<EvaluatedImage> predictions)
    {
        var images = new List<EvaluatedImage>();
        foreach (var image in predictions)
        {
            options.CancellationToken.ThrowIfCancellationRequested();
            images.Add(image);
            options.Progress?.Report(images.Count);
        }
        var found = images.SelectMany(i => new[] { i.Label, i.Predicted });
        string[] classes = [.. found.Concat(labels).Distinct().Order(StringComparer.Ordinal)];
        return new Evaluation(classes, Count(classes, images), labels, images);
    }

    private static IEnumerable<(string? File, ImageSource Image, string Label)> Read(IDataView test)
    {
        var schema = test.Schema;
        var (image, label) = (ImageColumn.Of(schema, schema.GetColumnOrNull(Path) is null ? Image : Path), schema.GetColumnOrNull(Label)
            ?? throw MissingColumn(Label, "test data", schema));
        using var cursor = test.GetRowCursor([image, label]);
        var (read, readLabel) = (ImageColumn.Reader(cursor, image, preprocessing: null), cursor.GetGetter<ReadOnlyMemory<char>>(label));
        ReadOnlyMemory<char> text = default;
        while (cursor.MoveNext())
        {
            readLabel(ref text);
            var source = read();
            yield return (source.Path, source, text.ToString());
        }
    }

    // Takes a number of items from a sequence before the first one is used.
    private static IEnumerable<T> Ahead<T>(IEnumerable<T> items, int count)
    {
        var queue = new Queue<T>();
        foreach (var item in items)
        {
            queue.Enqueue(item);
            if (queue.Count == count)
                yield return queue.Dequeue();
        }
        while (queue.TryDequeue(out var item))
            yield return item;
    }

    private static void CheckColumns(DataViewSchema schema, bool withFeatures)
    {
        string[] needed = [nameof(Row.Label), nameof(Row.PredictedLabel), nameof(Row.Score), nameof(FeaturedRow.Features)];
        foreach (string name in withFeatures ? needed : needed[..^1])
            if (schema.GetColumnOrNull(name) is null)
                throw MissingColumn(name, "model's output", schema);
    }

    private static ArgumentException MissingColumn(string name, string where, DataViewSchema schema) =>
        new($"There is no column '{name}' in the {where}; the columns are {string.Join(", ", schema.Select(c => c.Name))}.");

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
