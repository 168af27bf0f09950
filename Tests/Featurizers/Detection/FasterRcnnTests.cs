using System.Text.Json;
using TransferKit.Detection;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;
using static TorchSharp.torch;
using static TransferKit.Tests.Featurizers.Detection.DetectionReference;

namespace TransferKit.Tests.Featurizers.Detection;

/// <summary>Every named detector against torchvision's.</summary>
public class FasterRcnnTests
{
    private const int Height = 240, Width = 320, Padded = 256;

    public static TheoryData<string> Names => [.. Detectors.All.Select(d => d.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Keys_and_shapes_are_torchvisions(string name)
    {
        var recorded = Read(name).GetProperty("state").EnumerateObject().Select(s => $"{s.Name} {TensorData.Describe(s.Value.Integers())}");
        Assert.Equal(recorded.Order(), Detectors.Get(name).State(91).Select(s => $"{s.Key} {TensorData.Describe(s.Parameter.Dimensions)}").Order());
    }

    [Theory, MemberData(nameof(Names))]
    public void Networks_compute_what_torchvisions_do(string name)
    {
        var (recorded, detector) = (Read(name), Detectors.Get(name));
        var weights = Fill(recorded, detector);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var proposing = detector.Proposing(Padded, Width);
        using var module = new TorchNetwork(new Network(proposing, weights));
        module.eval();
        string[] levels = [.. recorded.GetProperty("features").EnumerateObject().Select(f => f.Name)];
        int[] numbers = [.. Enumerable.Range(0, levels.Length)];
        var values = module.Values(tensor(Image(), [1, 3, Padded, Width]), [.. levels, .. numbers.Select(i => $"objectness.{i}"), .. numbers.Select(i => $"deltas.{i}")]);
        foreach (int i in numbers)
        {
            IsAs(Array(values[i]), recorded.GetProperty("features").GetProperty(levels[i]), 1e-3, $"{name} map {levels[i]}");
            IsAs(Array(values[levels.Length + i]), recorded.GetProperty("objectness")[i], 1e-3, $"{name} objectness {i}");
            IsAs(Array(values[2 * levels.Length + i]), recorded.GetProperty("deltas")[i], 1e-3, $"{name} deltas {i}");
        }
        var maps = values.Take(detector.Stages.Count).ToArray();
        float[] scales = [.. maps.Select(m => PixelMap.ScaleOf((int)m.shape[2], Height))];
        var at = recorded.GetProperty("fixed");
        var pooled = FasterRcnn.Pooling.Pool(maps, scales, [.. Boxes("fixed", 4).Select(b => (0, b))]);
        IsAs(Array(pooled), at.GetProperty("pooled"), 1e-3, $"{name} pooled");
        using var heads = new TorchNetwork(new Network(detector.Classifying(91), weights));
        heads.eval();
        var results = heads.Values(pooled, "features", "logits", "deltas");
        IsAs(Array(results[0]), at.GetProperty("head"), 1e-3, $"{name} head");
        IsAs(Array(results[1]), at.GetProperty("class_logits"), 1e-3, $"{name} class logits");
        IsAs(Array(results[2]), at.GetProperty("box_regression"), 1e-3, $"{name} box deltas");
        IsAs(new ProposalLayout(detector, Padded, Width).Anchors.Coordinates(), recorded.GetProperty("anchors").GetProperty("stat"), 1e-5, $"{name} anchors");
    }

    [Theory, MemberData(nameof(Names))]
    public void Detections_are_torchvisions(string name)
    {
        var (recorded, detector) = (Read(name), Detectors.Get(name));
        using var own = new ObjectDetector(detector, Fill(recorded, detector));
        Box[] proposals = [];
        var found = own.Detect((Width, Height), (Width, Padded), to => Image().CopyTo(to), p => proposals = p);
        Assert.Equal(recorded.GetProperty("proposals").GetProperty("count").GetInt32(), proposals.Length);
        // Many probabilities are exactly 1: the order of such proposals is nobody's.
        foreach (var expected in recorded.GetProperty("proposals").GetProperty("first").EnumerateArray().Select(b => b.Numbers()))
            Close.Equal(expected, proposals.Select(p => ((Box[])[p]).Coordinates()).MinBy(p => p.Zip(expected).Sum(pair => Math.Abs(pair.First - pair.Second))), 1e-3, $"{name} proposals");
        var detections = recorded.GetProperty("detections");
        Assert.Equal(detections.GetProperty("count").GetInt32(), found.Length);
        Close.Equal(detections.GetProperty("scores").Numbers(), (float[])[.. found.Take(20).Select(f => f.Score)], 1e-3, $"{name} scores");
        Assert.Equal(detections.GetProperty("labels").Integers(), found.Take(20).Select(f => f.Label));
        Close.Equal((float[])[.. detections.GetProperty("boxes").EnumerateArray().SelectMany(b => b.Numbers())], found.Take(20).Select(f => f.Box).Coordinates(), 1e-3, $"{name} boxes");
    }

    [Theory, MemberData(nameof(Names))]
    public void Losses_are_torchvisions(string name)
    {
        var (recorded, detector) = (Read(name), Detectors.Get(name));
        using var module = new TorchNetwork(new Network(detector.Whole(Padded, Width, 91), Fill(recorded, detector))) { StatisticsFrozen = true };
        module.train();
        LabeledBox[] groundTruth = [.. Boxes("truth", 3).Zip(recorded.GetProperty("training").GetProperty("labels").Integers(), (b, l) => new LabeledBox(b, l))];
        long before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var batch = new DetectionBatch(Image(), new(3, Padded, Width), [(Width, Height)], [groundTruth]);
            var losses = new DetectorPass(detector, 91, anchors: 100_000, proposals: 100_000).Losses(module, batch, batch.Input(CPU), new Random(1));
            var expected = recorded.GetProperty("training").GetProperty("losses");
            Equal("loss_objectness", losses.Objectness);
            Equal("loss_rpn_box_reg", losses.ProposalBox);
            Equal("loss_classifier", losses.Classifier);
            Equal("loss_box_reg", losses.DetectionBox);
            losses.Sum().backward();
            Assert.All(module.named_parameters(), p => Assert.True(p.parameter.grad is { } gradient && gradient.isfinite().all().item<bool>(), $"{name} {p.name} got no gradient"));
            module.zero_grad();

            void Equal(string loss, Tensor own) => Close.Equal([expected.GetProperty(loss).GetSingle()], [own.item<float>()], 1e-3, $"{name} {loss}");
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static StateDict Fill(JsonElement recorded, FasterRcnn detector) => FillRule.Fill(detector.State(91), "", recorded.GetProperty("gain").GetDouble());

    // The reference's image after the transform: values from 0 to 1, normalized, padded below.
    private static float[] Image()
    {
        float[] image = new float[3 * Padded * Width], blocks = [.. FillRule.Blocks("", Height, Width)];
        for (int i = 0; i < blocks.Length; i++)
        {
            int c = i / (Height * Width);
            image[c * Padded * Width + i % (Height * Width)] = (Math.Clamp((blocks[i] + 2) / 4, 0, 1) - Preprocessing.ImageNet.Mean[c]) / Preprocessing.ImageNet.Std[c];
        }
        return image;
    }

    private static float[] Array(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
