using TransferKit.Detection;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>Average precision, against figures computed by hand from pycocotools' definition.</summary>
public class CocoEvaluationTests
{
    [Fact]
    public void A_case_by_hand()
    {
        // Sorted over both images: right, wrong, right, right (at 0.62 of the box); three things.
        var evaluation = Of(
            ([Found(0, 0, 10, 10, 0.9f), Found(50, 50, 60, 60, 0.8f), Found(20, 0, 30, 10, 0.7f)], [Thing(0, 0, 10, 10), Thing(20, 0, 30, 10)]),
            ([Found(0, 0, 10, 6.2f, 0.6f)], [Thing(0, 0, 10, 10)]));
        // Up to a recall of 1/3, which are 34 of 101 steps, the precision is 1, then 3/4.
        double low = (34 + 67 * 0.75) / 101;
        // Without the last, 2/3 up to a recall of 2/3, which is at step 66, then nothing.
        double high = (34 + 33 * 2 / 3.0) / 101;
        Assert.Equal(low, evaluation.AveragePrecision([0.5]), 1e-9);
        Assert.Equal(high, evaluation.AveragePrecision([0.75]), 1e-9);
        Assert.Equal((3 * low + 7 * high) / 10, evaluation.AveragePrecision(), 1e-9);
        Assert.Equal((3 * 1 + 7 * 2 / 3.0) / 10, evaluation.AverageRecall(), 1e-9);
        // All things here are small; what is of another size has no figures.
        Assert.Equal(["AP 0.5:0.95", "AP 0.5", "AP 0.75", "AP small", "AR 1", "AR 10", "AR 100"], evaluation.Figures.Keys);
        Assert.Contains("AP 0.5       0.834", evaluation.ToString(), StringComparison.Ordinal);
        Assert.Contains("<polyline class=\"main\"", evaluation.ToHtml(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_lies_in_a_crowd_does_not_count()
    {
        var evaluation = Of(([Found(10, 10, 20, 20, 0.9f), Found(30, 30, 50, 50, 0.85f), Found(200, 0, 220, 20, 0.8f)],
            [Thing(0, 0, 100, 100) with { Crowd = true }, Thing(200, 0, 220, 20)]));
        Assert.Equal(1, evaluation.AveragePrecision(), 1e-9);
        // Beside a crowd, a thing of its own is taken first.
        evaluation = Of(([Found(0, 0, 10, 10, 0.9f)], [Thing(0, 0, 100, 100) with { Crowd = true }, Thing(0, 0, 10, 10)]));
        Assert.Equal(1, evaluation.AverageRecall(), 1e-9);
    }

    [Fact]
    public void Only_the_likeliest_count_where_few_are_asked_for()
    {
        var evaluation = Of(([Found(50, 50, 60, 60, 0.9f), Found(0, 0, 10, 10, 0.8f)], [Thing(0, 0, 10, 10)]));
        Assert.Equal(0, evaluation.AveragePrecision([0.5], most: 1), 1e-9);
        Assert.Equal(0.5, evaluation.AveragePrecision([0.5]), 1e-9);
    }

    [Fact]
    public void Things_of_another_size_do_not_count()
    {
        var evaluation = Of(([Found(300, 300, 500, 500, 0.95f), Found(0, 0, 200, 200, 0.9f), Found(250, 0, 260, 10, 0.5f)], [Thing(0, 0, 200, 200), Thing(250, 0, 260, 10)]));
        Assert.Equal(1, evaluation.AveragePrecision([0.5], AreaRange.Small), 1e-9);
        Assert.Equal(0.5, evaluation.AveragePrecision([0.5], AreaRange.Large), 1e-9);
        Assert.Equal(double.NaN, evaluation.AveragePrecision([0.5], AreaRange.Medium));
        // The area that a thing fills may be smaller than its box.
        evaluation = Of(([Found(0, 0, 200, 200, 0.9f)], [Thing(0, 0, 200, 200) with { Area = 900 }]));
        Assert.Equal(1, evaluation.AveragePrecision([0.5], AreaRange.Small), 1e-9);
    }

    [Fact]
    public void A_thing_is_found_once_and_by_its_own_class()
    {
        var evaluation = Of(([Found(0, 0, 10, 10, 0.9f), Found(0, 0, 10, 10, 0.8f), Found(20, 0, 30, 10, 0.7f) with { Label = 2 }], [Thing(0, 0, 10, 10), Thing(20, 0, 30, 10)]));
        // The second is wrong; the recall of class 1 stays at 1/2.
        Assert.Equal(51 / 101.0, evaluation.AveragePrecision([0.5]), 1e-9);
        Assert.Equal([1], evaluation.Labels);
        Assert.Equal(double.NaN, Of(([Found(0, 0, 10, 10, 0.9f)], [])).AveragePrecision());
        Assert.Equal(0, Of(([], [Thing(0, 0, 10, 10)])).AveragePrecision());
    }

    private static CocoEvaluation Of(params (TransferKit.Detection.Detection[] Found, LabeledBox[] GroundTruth)[] images) =>
        new([.. images.Select(i => ((IReadOnlyList<TransferKit.Detection.Detection>)i.Found, (IReadOnlyList<LabeledBox>)i.GroundTruth))]);

    private static TransferKit.Detection.Detection Found(float left, float top, float right, float bottom, float score) => new(new(left, top, right, bottom), 1, score);

    private static LabeledBox Thing(float left, float top, float right, float bottom) => new(new(left, top, right, bottom), 1);
}
