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

/// <summary>Compares every registered detector with torchvision's.</summary>
public class FasterRcnnTests
{
    private const int Height = 240, Width = 320, Padded = 256;

    public static TheoryData<string> Names => [.. Detectors.All.Select(d => d.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Keys_and_shapes_are_torchvisions(string name)
    {
        var recorded = Read(name).GetProperty("state").EnumerateObject()
            .Select(s => $"{s.Name} {TensorData.Describe(s.Value.Integers())}");
        var actual = Detectors.Get(name).State(91).Select(s => $"{s.Key} {TensorData.Describe(s.Parameter.Dimensions)}");
        Assert.Equal(recorded.Order(), actual.Order());
    }

    [Theory, MemberData(nameof(Names))]
    public void Networks_compute_what_torchvisions_do(string name)
    {
        var (recorded, detector) = (Read(name), Detectors.Get(name));
        var weights = Fill(recorded, detector);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var module = new TorchNetwork(new Network(detector.ProposalNetwork(Padded, Width), weights));
        module.eval();
        var features = recorded.GetProperty("features");
        string[] levels = [.. features.EnumerateObject().Select(f => f.Name)];
        int count = levels.Length;
        int[] numbers = [.. Enumerable.Range(0, count)];
        string[] names = [.. levels, .. numbers.Select(i => $"objectness.{i}"), .. numbers.Select(i => $"deltas.{i}")];
        var values = module.Values(tensor(Image(), [1, 3, Padded, Width]), names);
        foreach (int i in numbers)
        {
            IsAs(Array(values[i]), features.GetProperty(levels[i]), 1e-3, $"{name} map {levels[i]}");
            IsAs(Array(values[count + i]), recorded.GetProperty("objectness")[i], 1e-3, $"{name} objectness {i}");
            IsAs(Array(values[2 * count + i]), recorded.GetProperty("deltas")[i], 1e-3, $"{name} deltas {i}");
        }
        var maps = values.Take(detector.ReturnLayers.Count).ToArray();
        float[] scales = [.. maps.Select(m => ChannelsLastMap.ScaleOf((int)m.shape[2], Height))];
        var boxes = recorded.GetProperty("fixed");
        var pooled = FasterRcnn.Pooling.Pool(maps, scales, [.. Boxes("fixed", 4).Select(b => (0, b))]);
        IsAs(Array(pooled), boxes.GetProperty("pooled"), 1e-3, $"{name} pooled");
        using var head = new TorchNetwork(new Network(detector.BoxHead(91), weights));
        head.eval();
        var results = head.Values(pooled, "features", "logits", "deltas");
        IsAs(Array(results[0]), boxes.GetProperty("head"), 1e-3, $"{name} head");
        IsAs(Array(results[1]), boxes.GetProperty("class_logits"), 1e-3, $"{name} class logits");
        IsAs(Array(results[2]), boxes.GetProperty("box_regression"), 1e-3, $"{name} box deltas");
        var anchors = detector.Steps(Padded, Width).Layout.Anchors.Coordinates();
        IsAs(anchors, recorded.GetProperty("anchors").GetProperty("stat"), 1e-5, $"{name} anchors");
    }

    [Theory, MemberData(nameof(Names))]
    public void Detections_are_torchvisions(string name)
    {
        var (recorded, architecture) = (Read(name), Detectors.Get(name));
        using var detector = new ObjectDetector(architecture, Fill(recorded, architecture));
        Box[] proposals = [];
        var detections = detector.Detect(detector.Steps(Padded, Width), (Width, Height), (Width, Padded),
            input => Image().CopyTo(input), p => proposals = p);
        Assert.Equal(recorded.GetProperty("proposals").GetProperty("count").GetInt32(), proposals.Length);
        // Many objectness scores are exactly 1: the order of such proposals is undefined.
        foreach (var first in recorded.GetProperty("proposals").GetProperty("first").EnumerateArray().Select(b => b.Numbers()))
        {
            var nearest = proposals.Select(p => ((Box[])[p]).Coordinates())
                .MinBy(p => p.Zip(first).Sum(pair => Math.Abs(pair.First - pair.Second)));
            Close.Equal(first, nearest, 1e-3, $"{name} proposals");
        }
        var expected = recorded.GetProperty("detections");
        Assert.Equal(expected.GetProperty("count").GetInt32(), detections.Length);
        float[] scores = [.. detections.Take(20).Select(d => d.Score)];
        Close.Equal(expected.GetProperty("scores").Numbers(), scores, 1e-3, $"{name} scores");
        Assert.Equal(expected.GetProperty("labels").Integers(), detections.Take(20).Select(d => d.Label));
        float[] boxes = [.. expected.GetProperty("boxes").EnumerateArray().SelectMany(b => b.Numbers())];
        Close.Equal(boxes, detections.Take(20).Select(d => d.Box).Coordinates(), 1e-3, $"{name} boxes");
    }

    [Fact]
    public void A_transformer_has_no_stages_of_feature_maps()
    {
        string message = Assert.Throws<ArgumentException>(() => Detectors.WithBackbone("vit_tiny_patch16_224", "none")).Message;
        Assert.StartsWith("The backbone 'vit_tiny_patch16_224' has 0 stages of feature maps after its input: a detector needs at least 3.",
            message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Names))]
    public void Losses_are_torchvisions(string name)
    {
        var (recorded, detector) = (Read(name), Detectors.Get(name));
        using var module = new TorchNetwork(new Network(detector.Build(Padded, Width, 91), Fill(recorded, detector)))
        {
            StatisticsFrozen = true,
        };
        module.train();
        int[] labels = recorded.GetProperty("training").GetProperty("labels").Integers();
        LabeledBox[] groundTruth = [.. Boxes("truth", 3).Zip(labels, (box, label) => new LabeledBox(box, label))];
        long before = Tensor.TotalCount;
        using (NewDisposeScope())
        {
            var batch = new DetectionBatch(Image(), new(3, Padded, Width), [(Width, Height)], [groundTruth]);
            var pass = new DetectorPass(detector, 91, anchors: 100_000, proposals: 100_000);
            var losses = pass.Losses(module, batch, batch.InputTensor(CPU), new Random(1));
            var expected = recorded.GetProperty("training").GetProperty("losses");
            Equal("loss_objectness", losses.Objectness);
            Equal("loss_rpn_box_reg", losses.ProposalBox);
            Equal("loss_classifier", losses.Classifier);
            Equal("loss_box_reg", losses.DetectionBox);
            losses.Sum().backward();
            Assert.All(module.named_parameters(), p => Assert.True(
                p.parameter.grad is { } gradient && gradient.isfinite().all().item<bool>(), $"{name} {p.name} has no gradient"));
            module.zero_grad();

            void Equal(string loss, Tensor actual) =>
                Close.Equal([expected.GetProperty(loss).GetSingle()], [actual.item<float>()], 1e-3, $"{name} {loss}");
        }
        Assert.Equal(before, Tensor.TotalCount);
    }

    private static StateDict Fill(JsonElement recorded, FasterRcnn detector) =>
        FillRule.Fill(detector.State(91), "", recorded.GetProperty("gain").GetDouble());

    // The reference's image after its preprocessing: values from 0 to 1, normalized, with padding below.
    private static float[] Image()
    {
        float[] image = new float[3 * Padded * Width], blocks = [.. FillRule.Blocks("", Height, Width)];
        for (int i = 0; i < blocks.Length; i++)
        {
            int c = i / (Height * Width);
            float value = Math.Clamp((blocks[i] + 2) / 4, 0, 1);
            image[c * Padded * Width + i % (Height * Width)] = (value - Preprocessing.ImageNet.Mean[c]) / Preprocessing.ImageNet.Std[c];
        }
        return image;
    }

    private static float[] Array(Tensor tensor) => tensor.contiguous().data<float>().ToArray();
}
