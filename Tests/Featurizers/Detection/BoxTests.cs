using TransferKit.Detection;
using TransferKit.Tests.Featurizers.Backbones;
using static TorchSharp.torch;
using static TransferKit.Tests.Featurizers.Detection.DetectionReference;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>What is done with boxes, against torchvision's operators.</summary>
public class BoxTests
{
    private static readonly System.Text.Json.JsonElement Recorded = Read("ops");

    [Fact]
    public void Intersections_are_torchvisions()
    {
        var boxes = Boxes("boxes", 200);
        Close.Equal(Recorded.GetProperty("box_iou").GetProperty("iou").Numbers(),
            (float[])[.. from a in boxes[..3] from b in boxes[3..7] select a.IntersectionOverUnion(b)], 1e-5, "IoU");
    }

    [Fact]
    public void Suppression_keeps_what_torchvisions_does()
    {
        var recorded = Recorded.GetProperty("nms");
        float[] scores = [.. FillRule.Uniform("scores", 200).Select(u => (float)u)];
        Assert.Equal(recorded.GetProperty("kept").Integers(), NonMaximumSuppression.Keep(Boxes("boxes", 200), scores, 0.5f));
        Assert.Equal(recorded.GetProperty("batched_kept").Integers(), NonMaximumSuppression.Keep(Boxes("boxes", 200), scores, 0.5f, [.. Enumerable.Range(0, 200).Select(i => i % 5)]));
    }

    [Fact]
    public void Suppression_takes_nothing_and_strange_scores()
    {
        Assert.Empty(NonMaximumSuppression.Keep([], [], 0.5f));
        Box box = new(0, 0, 10, 10);
        Assert.Equal([2, 1], NonMaximumSuppression.Keep([box, new(20, 0, 30, 10), box], [float.NaN, 0.5f, 0.9f], 0.5f));
        Assert.Equal([1], NonMaximumSuppression.Keep([box, new(20, 0, 30, 10)], [0.1f, 0.5f], 0.5f, most: 1));
        Assert.Equal([0, 1], NonMaximumSuppression.Keep([new(5, 5, 5, 5), new(5, 5, 5, 5)], [1, 1], 0.5f));
        Assert.StartsWith("2 boxes need as many scores", Assert.Throws<ArgumentException>(() => NonMaximumSuppression.Keep([box, box], [1], 0.5f)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Differences_are_torchvisions_and_lead_back()
    {
        var recorded = Recorded.GetProperty("box_coder");
        Box[] from = Boxes("proposals", 12), boxes = Boxes("targets", 12);
        float[] code = [.. boxes.Zip(from).SelectMany(p => Numbers(BoxCoder.Detections.Encode(p.First, p.Second)))];
        Close.Equal(recorded.GetProperty("code").Numbers(), code, 1e-5, "encoded");
        var decoded = from.Select((f, i) => BoxCoder.Detections.Decode(code.AsSpan(4 * i, 4), f)).ToArray();
        Close.Equal(recorded.GetProperty("decoded").Numbers(), decoded.Coordinates(), 1e-5, "decoded");
        Close.Equal(boxes.Coordinates(), decoded.Coordinates(), 1e-4, "back");

        static float[] Numbers((float X, float Y, float Width, float Height) d) => [d.X, d.Y, d.Width, d.Height];
    }

    [Fact]
    public void Anchors_are_torchvisions()
    {
        var recorded = Recorded.GetProperty("anchors");
        (float Size, int Height, int Width)[] levels = [(32, 60, 80), (64, 30, 40), (128, 15, 20)];
        Box[] all = [.. levels.SelectMany(l => new Anchors([l.Size], [0.5f, 1, 2]).Grid(l.Height, l.Width, 240 / l.Height, 320 / l.Width))];
        Assert.Equal(recorded.GetProperty("count").GetInt32(), all.Length);
        IsAs(all.Coordinates(), recorded.GetProperty("stat"), 1e-6, "anchors");
        Assert.Equal(recorded.GetProperty("first").Numbers(), all[..12].Coordinates());
    }

    [Theory]
    [InlineData("plain", 2, false)]
    [InlineData("aligned", 2, true)]
    [InlineData("adaptive", 0, true)]
    public void Regions_are_torchvisions(string kind, int samples, bool aligned)
    {
        var how = new RoiAlign(7, samples, aligned);
        float[] maps = [.. FillRule.Uniform("map", 2 * 8 * 20 * 24).Select(u => (float)(u * 2 - 1))];
        var boxes = Boxes("rois", 6);
        PixelMap[] turned = [.. maps.Chunk(8 * 20 * 24).Select(map =>
        {
            float[] to = new float[map.Length];
            PixelMap.Turn(map, 8, to);
            return new PixelMap(to, 20, 24, 0.075f);
        })];
        float[] pooled = new float[6 * 8 * 49];
        how.Pool(boxes, i => turned[i % 2], 8, pooled);
        IsAs(pooled, Recorded.GetProperty("roi_align").GetProperty(kind), 1e-4, kind);
        using var scope = NewDisposeScope();
        var result = how.Pool([tensor(maps, [2, 8, 20, 24])], [0.075f], [.. boxes.Select((b, i) => (i % 2, b))]);
        Close.Equal(pooled, result.data<float>().ToArray(), 1e-4, $"{kind} on tensors");
    }

    [Fact]
    public void Images_are_resized_by_torchvisions_rule()
    {
        foreach (var size in Recorded.GetProperty("resize_rule_min800_max1333").EnumerateObject())
        {
            int[] from = [.. size.Name.Split('x').Select(int.Parse)], to = size.Value.Integers();
            Assert.Equal((to[1], to[0]), new DetectionTransform().Resized(from[1], from[0]));
        }
    }
}
