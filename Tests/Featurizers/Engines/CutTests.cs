using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines;

public class CutTests
{
    [Theory]
    [InlineData("resnet18", "layer3.0")]
    [InlineData("resnet18", "features")]
    [InlineData("resnext50_32x4d", "layer2")]
    [InlineData("mobilenet_v2", "features.7")]
    [InlineData("mobilenet_v2", "features.4.conv.1")]
    [InlineData("alexnet", "avgpool")]
    [InlineData("googlenet", "inception4c")]
    [InlineData("squeezenet1_0_complex_bypass", "features.8")]
    [InlineData("shufflenet_v2_x0_5", "stage3.2")]
    [InlineData("mobilenet_v3_small", "features.5")]
    [InlineData("efficientnet_b0", "features.4")]
    [InlineData("resnetv2_18", "head.global_pool")]
    public void Head_and_tail_make_the_whole_in_both_engines(string name, string node)
    {
        var graph = Registry.Get(name).Build(classes: 7, size: 64);
        var whole = new Network(graph, RandomWeights.For(graph, seed: 3));
        float[] images = Values(2 * graph.Input.Shape.Count);
        float[] expected = FrozenRun.Of(new OnnxInference(whole), images);
        Assert.Equal(14, expected.Length);
        float[] onnx = FrozenRun.Of(new OnnxInference(whole.Until(node)), images), torch = FrozenRun.Of(new TorchInference(whole.Until(node)), images);
        Close.Equal(onnx, torch, 1e-4, $"{name} until {node}");
        Close.Equal(expected, FrozenRun.Of(new OnnxInference(whole.From(node)), onnx), 1e-4, $"{name} from {node}, ONNX Runtime");
        Close.Equal(expected, FrozenRun.Of(new TorchInference(whole.From(node)), torch), 1e-4, $"{name} from {node}, Torch");
    }

    [Fact]
    public void A_cut_keeps_only_the_parameters_it_needs()
    {
        var graph = Registry.Get("vgg16").Build();
        Assert.DoesNotContain("classifier.6.weight", graph.Until("features").State.Select(s => s.Key));
        Assert.Equal(["classifier.6.weight", "classifier.6.bias"], graph.From("features").State.Select(s => s.Key));
    }

    [Fact]
    public void A_value_that_passes_by_the_cut_is_named()
    {
        var graph = Registry.Get("resnet18").Build();
        Assert.Equal("The graph cannot be cut at 'layer1.0.bn1': 'layer1.0.add' also needs 'maxpool'. Cut at the end of a block.",
            Assert.Throws<ArgumentException>(() => graph.From("layer1.0.bn1")).Message);
        Assert.Equal("The graph cannot be cut at 'features': its output does not come from there.",
            Assert.Throws<ArgumentException>(() => Registry.Get("squeezenet1_1").Build().From("features")).Message);
        Assert.Equal("Nothing comes after 'logits', the graph's output.", Assert.Throws<ArgumentException>(() => graph.From("logits")).Message);
        Assert.Throws<ArgumentException>(() => graph.Until("nowhere"));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(256)]
    [InlineData(224)]
    public void Adaptive_pooling_agrees_at_sizes_that_do_not_divide(int size)
    {
        var graph = Graph.Build(g => g.Input(2, size / 32, size / 32).AdaptiveAverage(7));
        var network = new Network(graph, []);
        float[] images = Values(2 * graph.Input.Shape.Count);
        Close.Equal(FrozenRun.Of(new TorchInference(network), images), FrozenRun.Of(new OnnxInference(network), images), 1e-6, $"{size}");
    }

    private static float[] Values(int count)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
