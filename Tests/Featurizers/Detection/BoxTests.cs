using TransferKit.Detection;
using TransferKit.Tests.Featurizers.Backbones;
using static TorchSharp.torch;
using static TransferKit.Tests.Featurizers.Detection.DetectionReference;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>Compares the operations on boxes with torchvision's operators.</summary>
public class BoxTests
{
    private static readonly System.Text.Json.JsonElement Recorded = Read("ops");

    [Fact]
    public void Intersections_over_unions_are_torchvisions()
    {
        var boxes = Boxes("boxes", 200);
        float[] overlaps = [.. from a in boxes[..3] from b in boxes[3..7] select a.IntersectionOverUnion(b)];
        Close.Equal(Recorded.GetProperty("box_iou").GetProperty("iou").Numbers(), overlaps, 1e-5, "IoU");
    }

    [Fact]
    public void Boxes_are_clipped_flipped_and_scaled()
    {
        var box = new Box(-5, 10, 30, 50);
        Assert.Equal(new Box(0, 10, 20, 40), box.Clip(20, 40));
        Assert.Equal(new Box(40, 45, 40, 50), box.Clip(new Box(40, 45, 60, 70)));
        Assert.Equal(new Box(70, 10, 105, 50), box.Flip(100));
        Assert.Equal(new Box(-10, 5, 60, 25), box.Scale(2, 0.5f));
    }

    [Fact]
    public void Non_maximum_suppression_keeps_what_torchvisions_does()
    {
        var recorded = Recorded.GetProperty("nms");
        var boxes = Boxes("boxes", 200);
        float[] scores = [.. FillRule.Uniform("scores", 200).Select(u => (float)u)];
        Assert.Equal(recorded.GetProperty("kept").Integers(), NonMaximumSuppression.Keep(boxes, scores, 0.5f));
        int[] groups = [.. Enumerable.Range(0, 200).Select(i => i % 5)];
        Assert.Equal(recorded.GetProperty("batched_kept").Integers(), NonMaximumSuppression.Keep(boxes, scores, 0.5f, groups));
    }

    [Fact]
    public void Non_maximum_suppression_accepts_no_boxes_and_scores_that_are_not_numbers()
    {
        Assert.Empty(NonMaximumSuppression.Keep([], [], 0.5f));
        Box box = new(0, 0, 10, 10), other = new(20, 0, 30, 10);
        Assert.Equal([2, 1], NonMaximumSuppression.Keep([box, other, box], [float.NaN, 0.5f, 0.9f], 0.5f));
        Assert.Equal([1], NonMaximumSuppression.Keep([box, other], [0.1f, 0.5f], 0.5f, maxCount: 1));
        Assert.Equal([0, 1], NonMaximumSuppression.Keep([new(5, 5, 5, 5), new(5, 5, 5, 5)], [1, 1], 0.5f));
        var error = Assert.Throws<ArgumentException>(() => NonMaximumSuppression.Keep([box, box], [1], 0.5f));
        Assert.StartsWith("2 boxes need as many scores", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Box_deltas_are_torchvisions_and_decoding_undoes_encoding()
    {
        var recorded = Recorded.GetProperty("box_coder");
        Box[] references = Boxes("proposals", 12), boxes = Boxes("targets", 12);
        float[] code = [.. boxes.Zip(references).SelectMany(p => Numbers(BoxCoder.Detections.Encode(p.First, p.Second)))];
        Close.Equal(recorded.GetProperty("code").Numbers(), code, 1e-5, "encoded");
        var decoded = references.Select((r, i) => BoxCoder.Detections.Decode(code.AsSpan(4 * i, 4), r)).ToArray();
        Close.Equal(recorded.GetProperty("decoded").Numbers(), decoded.Coordinates(), 1e-5, "decoded");
        Close.Equal(boxes.Coordinates(), decoded.Coordinates(), 1e-4, "encoded and decoded");

        static float[] Numbers((float X, float Y, float Width, float Height) d) => [d.X, d.Y, d.Width, d.Height];
    }

    [Fact]
    public void Anchors_are_torchvisions()
    {
        var recorded = Recorded.GetProperty("anchors");
        (float Size, int Height, int Width)[] levels = [(32, 60, 80), (64, 30, 40), (128, 15, 20)];
        Box[] anchors =
        [
            .. levels.SelectMany(l => new Anchors([l.Size], [0.5f, 1, 2]).Grid(l.Height, l.Width, 240 / l.Height, 320 / l.Width)),
        ];
        Assert.Equal(recorded.GetProperty("count").GetInt32(), anchors.Length);
        IsAs(anchors.Coordinates(), recorded.GetProperty("stat"), 1e-6, "anchors");
        Assert.Equal(recorded.GetProperty("first").Numbers(), anchors[..12].Coordinates());
    }

    [Fact]
    public void Anchors_match_objects_by_two_thresholds_and_every_object_has_its_best_anchor()
    {
        Box[] objects = [new(0, 0, 10, 10), new(100, 100, 104, 104)];
        // IoU with the first object 0.8, 0.5 and 0.1; the last one covers the second object with an IoU of only 0.04.
        Box[] boxes = [new(0, 0, 10, 8), new(0, 0, 10, 5), new(0, 0, 10, 1), new(90, 90, 110, 110)];
        Assert.Equal([0, Matcher.BetweenThresholds, Matcher.BelowLowThreshold, 1], Matcher.Anchors.Match(boxes, objects));
        Assert.Equal([0, 0, Matcher.BelowLowThreshold, Matcher.BelowLowThreshold], Matcher.Proposals.Match(boxes, objects));
        Assert.All(Matcher.Anchors.Match(boxes, []), match => Assert.Equal(Matcher.BelowLowThreshold, match));
    }

    [Theory]
    [InlineData("plain", 2, false)]
    [InlineData("aligned", 2, true)]
    [InlineData("adaptive", 0, true)]
    public void Pooled_regions_are_torchvisions(string kind, int samplingRatio, bool aligned)
    {
        var pooling = new RoiAlign(7, samplingRatio, aligned);
        float[] maps = [.. FillRule.Uniform("map", 2 * 8 * 20 * 24).Select(u => (float)(u * 2 - 1))];
        var boxes = Boxes("rois", 6);
        ChannelsLastMap[] channelsLast = [.. maps.Chunk(8 * 20 * 24).Select(map =>
        {
            float[] values = new float[map.Length];
            ChannelsLastMap.ToChannelsLast(map, 8, values);
            return new ChannelsLastMap(values, 20, 24, 0.075f);
        })];
        float[] pooled = new float[6 * 8 * 49];
        pooling.Pool(boxes, i => channelsLast[i % 2], 8, pooled);
        IsAs(pooled, Recorded.GetProperty("roi_align").GetProperty(kind), 1e-4, kind);
        using var scope = NewDisposeScope();
        var result = pooling.Pool([tensor(maps, [2, 8, 20, 24])], [0.075f], [.. boxes.Select((b, i) => (i % 2, b))]);
        Close.Equal(pooled, result.data<float>().ToArray(), 1e-4, $"{kind} on tensors");
    }
}
