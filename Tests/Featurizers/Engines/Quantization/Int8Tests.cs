using Microsoft.ML.OnnxRuntime;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Quantization;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines.Quantization;

/// <summary>Networks with 8-bit integers beside the same in single precision, in both engines.</summary>
public class Int8Tests
{
    private static readonly float[] Images = RecordedOutputs.Read("resnet18").Images()[..(2 * 3 * 64 * 64)];

    public static TheoryData<string> Names =>
    [
        "resnet18", "vgg11", "mobilenet_v2", "squeezenet1_1", "densenet121", "googlenet", "vit_tiny_patch16_224", "convnext_tiny",
    ];

    [Theory, MemberData(nameof(Names))]
    public void Integers_are_close_to_single_precision(string name)
    {
        IntegerInstructions.Require();
        var (network, quantized) = Quantize(name);
        float[] expected = FrozenRun.Of(new OnnxInference(network), Images);
        float[] torch = FrozenRun.Of(new TorchInference(quantized), Images), onnx = FrozenRun.Of(new OnnxInference(quantized), Images);
        // Rounded values differ by up to a step where sums are ordered differently.
        Assert.InRange(Close.Cosine(torch, onnx), 0.999, 1.001);
        Assert.InRange(Close.Cosine(expected, onnx), 0.99, 1.001);
        Assert.NotEqual(expected, onnx);
    }

    [Fact]
    public void ONNX_Runtime_computes_with_integers()
    {
        var (_, quantized) = Quantize("resnet18");
        using var folder = new TemporaryFolder();
        using var options = new SessionOptions
        {
            OptimizedModelFilePath = folder.File("optimized.onnx"),
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR,
        };
        using (new InferenceSession(OnnxExport.ToArray(quantized, new OnnxOptions()), options))
        {
        }
        var optimized = TransferKit.Engines.Onnx.Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(folder.File("optimized.onnx")));
        var operators = optimized.Graph.Node.CountBy(node => node.OpType).ToDictionary();
        Assert.Equal(20, operators["QLinearConv"]);
        Assert.Equal(8, operators["QLinearAdd"]);
        Assert.DoesNotContain("Conv", operators.Keys);
        Assert.DoesNotContain("Relu", operators.Keys);
    }

    [Fact]
    public void Depthwise_convolutions_stay_in_single_precision()
    {
        var (_, quantized) = Quantize("mobilenet_v2");
        var convolutions = quantized.Graph.Nodes.Where(node => node.Operator is Conv).ToList();
        Assert.All(convolutions, node => Assert.Equal(((Conv)node.Operator).Groups == 1, Int8.IsQuantized(node)));
        Assert.Contains(convolutions, node => !Int8.IsQuantized(node));
    }

    [Fact]
    public void An_exported_network_is_a_quarter_as_large_and_read_back()
    {
        IntegerInstructions.Require();
        var (network, quantized) = Quantize("resnet18");
        byte[] model = OnnxExport.ToArray(quantized, new OnnxOptions());
        Assert.InRange(model.Length, 0, 0.3 * OnnxExport.ToArray(network, new OnnxOptions()).Length);
        var read = OnnxReader.Read(model).Network;
        Assert.Equal(quantized.Graph.Nodes.Select(node => node.ToString()), read.Graph.Nodes.Select(node => node.ToString()));
        float[] expected = FrozenRun.Of(new OnnxInference(quantized), Images), actual = FrozenRun.Of(new OnnxInference(read), Images);
        Close.Equal(expected, actual, 1e-5, "read back");
    }

    [Fact]
    public void The_same_images_give_the_same_network()
    {
        var first = OnnxExport.ToArray(Quantize("squeezenet1_1").Quantized, new OnnxOptions());
        Assert.Equal(first, OnnxExport.ToArray(Quantize("squeezenet1_1").Quantized, new OnnxOptions()));
    }

    [Fact]
    public void Calibration_needs_images_and_a_layer()
    {
        var graph = Graph.Build(g => g.Input(3, 8, 8).Conv("conv", 4, 3).GlobalAveragePool());
        var network = new Network(graph, RandomWeights.For(graph, seed: 1));
        var error = Assert.Throws<ArgumentException>(() => network.Quantize([]));
        Assert.Contains("There are no calibration images", error.Message, StringComparison.Ordinal);
        graph = Graph.Build(g => g.Input(3, 8, 8).GlobalAveragePool());
        error = Assert.Throws<ArgumentException>(() => new Network(graph, new StateDict()).Quantize([new float[192]]));
        Assert.Contains("no layer that can be quantized", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 3, "a scale of 0 is invalid")]
    [InlineData(1, 256, "a zero point of 256 is invalid")]
    public void Invalid_levels_are_refused(float scale, int zeroPoint, string message)
    {
        var error = Assert.Throws<ArgumentException>(() =>
            Graph.Build(g => g.Input(3, 8, 8).Add(null, new FakeQuantize(scale, zeroPoint))));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    private static (Network Network, Network Quantized) Quantize(string name)
    {
        var graph = Registry.Get(name).Build(size: 64);
        var network = new Network(graph, RandomWeights.For(graph, seed: 4)).Until("features");
        return (network, network.Quantize([Images]));
    }
}
