using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines;

/// <summary>Runs each operator alone in both engines, with settings that no registered network combines.</summary>
public class OperatorTests
{
    public static TheoryData<string, Func<Value, Value>> Operators => new()
    {
        { "relu", x => x.Relu() },
        { "relu6", x => x.Activate(new Relu6()) },
        { "tanh", x => x.Activate(new Tanh()) },
        { "sigmoid", x => x.Activate(new Sigmoid()) },
        { "silu", x => x.Activate(new Silu()) },
        { "hard sigmoid", x => x.Activate(new HardSigmoid()) },
        { "hard swish", x => x.Activate(new HardSwish()) },
        { "1x3 convolution with stride", x => x.Conv("conv", 6, (1, 3), stride: 2, padding: (2, 1), groups: 2, bias: true) },
        { "max pooling, ceil mode, without padding", x => x.MaxPool(3, 2, ceilMode: true) },
        { "max pooling, ceil mode, with padding", x => x.MaxPool(2, 2, padding: 1, ceilMode: true) },
        { "max pooling, ceil mode, over more than half a window", x => x.MaxPool(3, 3, ceilMode: true) },
        { "average pooling with padding counted", x => x.AveragePool(3, 2, padding: 1) },
        { "average pooling without padding counted", x => x.AveragePool(3, 2, padding: 1, countIncludePad: false) },
        { "adaptive average pooling to one pixel", x => x.AdaptiveAveragePool(1) },
        { "adaptive average pooling to more pixels", x => x.AdaptiveAveragePool(9) },
        { "rescale", x => x.Rescale(x.AdaptiveAveragePool(1)) },
        { "channel slice", x => x.ChannelSlice(1, 2) },
        { "channel shuffle", x => x.ChannelShuffle(2) },
        { "channel shuffle in four groups", x => x.Concat(x.Relu()).ChannelShuffle(4) },
        { "concatenated vectors", x => x.GlobalAveragePool().Concat(x.Relu().GlobalAveragePool()) },
        { "unit length", x => x.GlobalAveragePool().UnitLength() },
        { "linear, stored as a 1x1 convolution", x => x.GlobalAveragePool().Linear("fc", 5, storedAsConvolution: true) },
        { "dropout and stochastic depth", x => x.StochasticDepth(0.5).Dropout(0.5) },
    };

    [Theory, MemberData(nameof(Operators))]
    public void Both_engines_compute_the_same(string name, Func<Value, Value> operation)
    {
        var graph = Graph.Build(g => operation(g.Input(4, 8, 7)));
        var network = new Network(graph, RandomWeights.For(graph, seed: 2));
        var random = new Random(6);
        float[] images = [.. Enumerable.Range(0, 3 * graph.Input.Shape.Count).Select(_ => random.NextSingle() * 16 - 8)];
        float[] expected = FrozenRun.Of(new TorchInference(network), images), actual = FrozenRun.Of(new OnnxInference(network), images);
        Close.Equal(expected, actual, 1e-6, name);
    }
}
