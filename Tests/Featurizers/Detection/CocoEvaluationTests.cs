using TransferKit.Detection;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>Compares average precision with figures computed by hand from the definition of pycocotools.</summary>
public class CocoEvaluationTests
{
    [Fact]
    public void Figures_are_those_computed_by_hand()
    {
        // Sorted over both images: true, false, true, true (with an IoU of 0.62); there are three objects.
        var evaluation = Evaluate(
            ([Detect(0, 0, 10, 10, 0.9f), Detect(50, 50, 60, 60, 0.8f), Detect(20, 0, 30, 10, 0.7f)],
                [Object(0, 0, 10, 10), Object(20, 0, 30, 10)]),
            ([Detect(0, 0, 10, 6.2f, 0.6f)], [Object(0, 0, 10, 10)]));
        // Up to a recall of 1/3, which are 34 of 101 recall thresholds, the precision is 1, then 3/4.
        double low = (34 + 67 * 0.75) / 101;
        // Without the last detection it is 2/3 up to a recall of 2/3, the threshold 66, then 0.
        double high = (34 + 33 * 2 / 3.0) / 101;
        Assert.Equal(low, evaluation.AveragePrecision([0.5]), 1e-9);
        Assert.Equal(high, evaluation.AveragePrecision([0.75]), 1e-9);
        Assert.Equal((3 * low + 7 * high) / 10, evaluation.AveragePrecision(), 1e-9);
        Assert.Equal((3 * 1 + 7 * 2 / 3.0) / 10, evaluation.AverageRecall(), 1e-9);
        // All objects are small; the other sizes have no figures.
        Assert.Equal(["AP 0.5:0.95", "AP 0.5", "AP 0.75", "AP small", "AR 1", "AR 10", "AR 100"], evaluation.Figures.Keys);
        Assert.Contains("AP 0.5       0.834", evaluation.ToString(), StringComparison.Ordinal);
        Assert.Contains("<polyline class=\"main\"", evaluation.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void Detections_inside_a_crowd_are_ignored()
    {
        var crowd = Object(0, 0, 100, 100) with { IsCrowd = true };
        var evaluation = Evaluate(
            ([Detect(10, 10, 20, 20, 0.9f), Detect(30, 30, 50, 50, 0.85f), Detect(200, 0, 220, 20, 0.8f)],
                [crowd, Object(200, 0, 220, 20)]));
        Assert.Equal(1, evaluation.AveragePrecision(), 1e-9);
        // An object beside a crowd is matched first.
        evaluation = Evaluate(([Detect(0, 0, 10, 10, 0.9f)], [crowd, Object(0, 0, 10, 10)]));
        Assert.Equal(1, evaluation.AverageRecall(), 1e-9);
    }

    [Fact]
    public void Difficult_objects_are_neither_found_nor_missed()
    {
        LabeledBox easy = Object(20, 0, 30, 10), hard = Object(0, 0, 10, 10);
        TransferKit.Detection.Detection[] found = [Detect(0, 0, 10, 10, 0.9f), Detect(0, 0, 10, 9, 0.85f), Detect(20, 0, 30, 10, 0.8f)];
        // True, false (the same object again), true; there are two objects: precision 1 up to a recall of 1/2, then 2/3.
        Assert.Equal((51 + 50 * 2 / 3.0) / 101, Evaluate((found, [hard, easy])).AveragePrecision([0.5]), 1e-9);
        // Both detections of the difficult object are ignored, as VOC's devkit does.
        hard = hard with { IsDifficult = true };
        Assert.Equal(1, Evaluate((found, [hard, easy])).AveragePrecision([0.5]), 1e-9);
        // It need not be found.
        Assert.Equal(1, Evaluate((found[2..], [hard, easy])).AveragePrecision(), 1e-9);
        Assert.Equal(1, Evaluate((found[2..], [hard, easy])).AverageRecall(), 1e-9);
        Assert.Equal(double.NaN, Evaluate((found, [hard])).AveragePrecision());
    }

    [Fact]
    public void Difficult_objects_are_matched_by_intersection_over_union_where_crowds_are_matched_by_the_detections_area()
    {
        var easy = Object(200, 0, 220, 20);
        var large = Object(0, 0, 100, 100);
        TransferKit.Detection.Detection[] found = [Detect(10, 10, 20, 20, 0.9f), Detect(200, 0, 220, 20, 0.8f)];
        // A small detection inside of a difficult object has an IoU of 0.01 and is a false positive.
        Assert.Equal(0.5, Evaluate((found, [large with { IsDifficult = true }, easy])).AveragePrecision(), 1e-9);
        Assert.Equal(1, Evaluate((found, [large with { IsCrowd = true }, easy])).AveragePrecision(), 1e-9);
    }

    [Fact]
    public void Only_the_highest_scores_count_up_to_the_maximum_of_detections()
    {
        var evaluation = Evaluate(([Detect(50, 50, 60, 60, 0.9f), Detect(0, 0, 10, 10, 0.8f)], [Object(0, 0, 10, 10)]));
        Assert.Equal(0, evaluation.AveragePrecision([0.5], maxDetections: 1), 1e-9);
        Assert.Equal(0.5, evaluation.AveragePrecision([0.5]), 1e-9);
    }

    [Fact]
    public void Objects_of_another_size_are_ignored()
    {
        var evaluation = Evaluate(
            ([Detect(300, 300, 500, 500, 0.95f), Detect(0, 0, 200, 200, 0.9f), Detect(250, 0, 260, 10, 0.5f)],
                [Object(0, 0, 200, 200), Object(250, 0, 260, 10)]));
        Assert.Equal(1, evaluation.AveragePrecision([0.5], AreaRange.Small), 1e-9);
        Assert.Equal(0.5, evaluation.AveragePrecision([0.5], AreaRange.Large), 1e-9);
        Assert.Equal(double.NaN, evaluation.AveragePrecision([0.5], AreaRange.Medium));
        // The area of an object may be smaller than that of its box.
        evaluation = Evaluate(([Detect(0, 0, 200, 200, 0.9f)], [Object(0, 0, 200, 200) with { Area = 900 }]));
        Assert.Equal(1, evaluation.AveragePrecision([0.5], AreaRange.Small), 1e-9);
    }

    [Fact]
    public void An_object_is_found_once_and_by_its_own_class()
    {
        var evaluation = Evaluate(
            ([Detect(0, 0, 10, 10, 0.9f), Detect(0, 0, 10, 10, 0.8f), Detect(20, 0, 30, 10, 0.7f) with { Label = 2 }],
                [Object(0, 0, 10, 10), Object(20, 0, 30, 10)]));
        // The second detection is false; the recall of class 1 stays 1/2.
        Assert.Equal(51 / 101.0, evaluation.AveragePrecision([0.5]), 1e-9);
        Assert.Equal([1], evaluation.Labels);
        Assert.Equal(double.NaN, Evaluate(([Detect(0, 0, 10, 10, 0.9f)], [])).AveragePrecision());
        Assert.Equal(0, Evaluate(([], [Object(0, 0, 10, 10)])).AveragePrecision());
    }

    private static CocoEvaluation Evaluate(params (TransferKit.Detection.Detection[] Found, LabeledBox[] Objects)[] images) =>
        new([.. images.Select(i => ((IReadOnlyList<TransferKit.Detection.Detection>)i.Found, (IReadOnlyList<LabeledBox>)i.Objects))]);

    private static TransferKit.Detection.Detection Detect(float left, float top, float right, float bottom, float score) =>
        new(new(left, top, right, bottom), 1, score);

    private static LabeledBox Object(float left, float top, float right, float bottom) => new(new(left, top, right, bottom), 1);
}
