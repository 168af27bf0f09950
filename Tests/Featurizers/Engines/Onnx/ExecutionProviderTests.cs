using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

public class ExecutionProviderTests
{
    private static readonly Network Small = Network();

    [Theory]
    [InlineData("cuda", "CUDAExecutionProvider", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("cuda:1", "CUDAExecutionProvider", "Microsoft.ML.OnnxRuntime.Gpu")]
    [InlineData("dml", "DmlExecutionProvider", "Microsoft.ML.OnnxRuntime.DirectML")]
    [InlineData("coreml", "CoreMLExecutionProvider", "Microsoft.ML.OnnxRuntime, on macOS")]
    [InlineData("openvino", "OpenVINOExecutionProvider", "Intel.ML.OnnxRuntime.OpenVino")]
    public void A_device_that_the_program_lacks_names_the_package(string device, string provider, string package)
    {
        var error = Assert.Throws<ArgumentException>(() => new OnnxInference(Small, device: device));
        Assert.Contains($"'{device}' is not available", error.Message, StringComparison.Ordinal);
        Assert.Contains(provider, error.Message, StringComparison.Ordinal);
        Assert.Contains($"Add the package {package}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("gpu")]
    [InlineData("cuda:x")]
    [InlineData("cuda:-1")]
    [InlineData("cpu:0")]
    [InlineData("openvino:1")]
    public void An_unknown_device_is_refused_before_weights_are_loaded(string device)
    {
        var options = new FeaturizerOptions { Device = device };
        Assert.Contains($"'{device}' is invalid", Assert.Throws<ArgumentException>(options.Validate).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_processor_needs_no_package()
    {
        using var engine = new OnnxInference(Small, device: "cpu");
        float[] result = new float[2];
        engine.Run(new float[3 * 8 * 8], 1, result);
        Assert.All(result, value => Assert.True(float.IsFinite(value)));
    }

    private static Network Network()
    {
        var graph = Graph.Build(g => g.Input(3, 8, 8).GlobalAveragePool().Linear("fc", 2));
        return new(graph, RandomWeights.For(graph));
    }
}
