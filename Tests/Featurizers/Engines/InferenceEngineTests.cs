using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Engines;

public class InferenceEngineTests
{
    private static readonly Network Small = new(Graph.Build(g => g.Input(1, 2, 2).Relu()), []);

    [Fact]
    public void A_disposed_engine_throws()
    {
        foreach (IInferenceEngine engine in new IInferenceEngine[] { new OnnxInference(Small), new TorchInference(Small) })
        {
            engine.Dispose();
            engine.Dispose();
            Assert.Throws<ObjectDisposedException>(() => engine.Run(new float[4], 1, new float[4]));
        }
    }

    [Theory]
    [InlineData("cpu:x")]
    [InlineData("cuda:x")]
    [InlineData("gpu")]
    public void The_error_quotes_an_unknown_device(string device)
    {
        var exception = Assert.Throws<ArgumentException>(() => new TorchInference(Small, device));
        Assert.Contains($"Unknown device '{device}'; cpu, cuda and cuda:N are known", exception.Message, StringComparison.Ordinal);
    }
}
