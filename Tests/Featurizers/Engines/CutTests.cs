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
    [InlineData("vit_tiny_patch16_224", "blocks.9")]
    [InlineData("dinov2_vits14_reg", "register_tokens", 70)]
    public void The_two_parts_of_a_cut_network_compute_what_the_whole_does(string name, string node, int size = 64)
    {
        var graph = Registry.Get(name).Build(classes: 7, size: size);
        var whole = new Network(graph, RandomWeights.For(graph, seed: 3));
        Network first = whole.Until(node), second = whole.From(node);
        float[] images = RandomValues(2 * graph.Input.Shape.Count);
        float[] expected = FrozenRun.Of(new OnnxInference(whole), images);
        Assert.Equal(14, expected.Length);
        float[] onnxValues = FrozenRun.Of(new OnnxInference(first), images);
        float[] torchValues = FrozenRun.Of(new TorchInference(first), images);
        Close.Equal(onnxValues, torchValues, 1e-4, $"{name} until {node}");
        Close.Equal(expected, FrozenRun.Of(new OnnxInference(second), onnxValues), 1e-4, $"{name} from {node}, ONNX Runtime");
        Close.Equal(expected, FrozenRun.Of(new TorchInference(second), torchValues), 1e-4, $"{name} from {node}, Torch");
    }

    [Fact]
    public void A_cut_keeps_only_the_parameters_it_needs()
    {
        var graph = Registry.Get("vgg16").Build();
        Assert.DoesNotContain("classifier.6.weight", graph.Until("features").State.Select(entry => entry.Key));
        Assert.Equal(["classifier.6.weight", "classifier.6.bias"], graph.From("features").State.Select(entry => entry.Key));
    }

    [Fact]
    public void The_error_of_an_invalid_cut_says_why()
    {
        var graph = Registry.Get("resnet18").Build();
        Assert.Equal(
            "The graph cannot be cut at 'layer1.0.bn1': 'layer1.0.add' also needs 'maxpool'. Cut at the end of a block.",
            Error(() => graph.From("layer1.0.bn1")));
        Assert.Equal(
            "The graph cannot be cut at 'features': the output does not depend on it.",
            Error(() => Registry.Get("squeezenet1_1").Build().From("features")));
        Assert.Equal("Nothing comes after 'logits', the graph's output.", Error(() => graph.From("logits")));
        Assert.Throws<ArgumentException>(() => graph.Until("nowhere"));

        static string Error(Func<Graph> cut) => Assert.Throws<ArgumentException>(cut).Message;
    }

    [Theory]
    [InlineData(32)]
    [InlineData(256)]
    [InlineData(224)]
    public void Adaptive_pooling_agrees_at_sizes_that_do_not_divide_evenly(int size)
    {
        var graph = Graph.Build(g => g.Input(2, size / 32, size / 32).AdaptiveAveragePool(7));
        var network = new Network(graph, []);
        float[] images = RandomValues(2 * graph.Input.Shape.Count);
        float[] expected = FrozenRun.Of(new TorchInference(network), images), actual = FrozenRun.Of(new OnnxInference(network), images);
        Close.Equal(expected, actual, 1e-6, $"{size}");
    }

    private static float[] RandomValues(int count)
    {
        var random = new Random(5);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() * 2 - 1)];
    }
}
