using Microsoft.ML;
using TransferKit.Detection;
using TransferKit.Pipelines.Data;

namespace TransferKit.Tests.Pipelines.Detecting;

public class EvaluateDetectionsTests
{
    private readonly MLContext _context = new();

    [Fact]
    public void Annotations_become_columns_and_crowds_and_difficult_objects_are_ignored_by_default()
    {
        var crowd = new LabeledBox(new(1, 2, 3, 4), 2) { IsCrowd = true };
        var difficult = new LabeledBox(new(20, 20, 30, 30), 1) { IsDifficult = true };
        var images = new AnnotatedImages([new("a.png", [crowd, new(new(5, 6, 7, 8), 1), difficult]), new("b.png", [])], ["cat", "owl"], []);
        var rows = _context.Data.CreateEnumerable<Annotated>(_context.Data.LoadAnnotatedImages(images), reuseRowObject: false).ToArray();
        Assert.Equal(["owl", "cat", "cat"], rows[0].Labels);
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8, 20, 20, 30, 30], rows[0].BoundingBoxes);
        Assert.Equal([true, false, false], rows[0].Crowd);
        Assert.Equal([false, false, true], rows[0].Difficult);
        Assert.Empty(rows[1].Labels);

        // Neither the crowd nor the difficult object is missed, and detections without a label do not count.
        var detected = _context.Data.LoadFromEnumerable(rows.Select(r => new Detected(r)
        {
            PredictedLabel = ["", "cat"],
            PredictedBoundingBoxes = [0, 0, 9, 9, 5, 6, 7, 8],
            Score = [9, r.Labels.Length],
        }));
        var progress = new List<int>();
        Assert.Equal(1, Evaluate(detected).AveragePrecision(), 9);
        Assert.Equal(1, _context.MulticlassClassification.EvaluateDetections(
            detected, crowdColumnName: "Crowd", difficultColumnName: "Difficult", progress: new Reports(progress)).AveragePrecision(), 9);
        Assert.Equal([1, 2], progress);
        // Without the columns the crowd of owls and one of two cats are missed: the cats have a recall of 1/2 at precision 1.
        Assert.Equal((51 / 101.0 + 0) / 2, Evaluate(Drop(detected, "Crowd", "Difficult")).AveragePrecision(), 9);
        Assert.Equal((1 + 0) / 2.0, Evaluate(Drop(detected, "Crowd")).AveragePrecision(), 9);
        Assert.Equal(51 / 101.0, Evaluate(Drop(detected, "Difficult")).AveragePrecision(), 9);
    }

    [Fact]
    public void Columns_that_are_named_must_exist_and_fit()
    {
        var row = new Detected(new()) { Labels = ["cat"], BoundingBoxes = [1, 2, 3, 4], Crowd = [] };
        var detected = _context.Data.LoadFromEnumerable([row]);
        Assert.StartsWith("There is no column 'Group'; there are", Assert.Throws<ArgumentException>(() =>
            _context.MulticlassClassification.EvaluateDetections(detected, crowdColumnName: "Group")).Message, StringComparison.Ordinal);
        Assert.Equal("Row 1 has 1 labels in 'Labels' and 4 values in 'BoundingBoxes', 0 in 'Crowd', 0 in 'Difficult': " +
            "4 for each label are needed, left, top, right and bottom in pixels.",
            Assert.Throws<ArgumentException>(() => Evaluate(detected)).Message);
        Assert.Throws<OperationCanceledException>(() => _context.MulticlassClassification.EvaluateDetections(
            detected, cancellationToken: new CancellationToken(canceled: true)));
    }

    private CocoEvaluation Evaluate(IDataView data) => _context.MulticlassClassification.EvaluateDetections(data);

    private IDataView Drop(IDataView data, params string[] columns) => _context.Transforms.DropColumns(columns).Fit(data).Transform(data);

    private sealed class Reports(List<int> values) : IProgress<int>
    {
        public void Report(int value) => values.Add(value);
    }

    private class Annotated
    {
        public string[] Labels { get; set; } = [];

        public float[] BoundingBoxes { get; set; } = [];

        public bool[] Crowd { get; set; } = [];

        public bool[] Difficult { get; set; } = [];
    }

    private sealed class Detected : Annotated
    {
        public Detected(Annotated annotated) => (Labels, BoundingBoxes, Crowd, Difficult) =
            (annotated.Labels, annotated.BoundingBoxes, annotated.Crowd, annotated.Difficult);

        public string[] PredictedLabel { get; set; } = [];

        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];
    }
}
