using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines;

/// <summary>Each operator by itself, with settings that no registered network combines, in both engines.</summary>
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
        { "maximum, rounded up, without padding", x => x.MaxPool(3, 2, ceilMode: true) },
        { "maximum, rounded up, with padding", x => x.MaxPool(2, 2, padding: 1, ceilMode: true) },
        { "maximum, rounded up over more than half a window", x => x.MaxPool(3, 3, ceilMode: true) },
        { "average with counted padding", x => x.AveragePool(3, 2, padding: 1) },
        { "average without counted padding", x => x.AveragePool(3, 2, padding: 1, countIncludePad: false) },
        { "adaptive average to one pixel", x => x.AdaptiveAverage(1) },
        { "adaptive average to more pixels", x => x.AdaptiveAverage(9) },
        { "rescale", x => x.Rescale(x.AdaptiveAverage(1)) },
        { "slice", x => x.ChannelSlice(1, 2) },
        { "shuffle", x => x.ChannelShuffle(2) },
        { "shuffle in other groups", x => x.Concat(x.Relu()).ChannelShuffle(4) },
        { "vectors one after the other", x => x.GlobalAverage().Concat(x.Relu().GlobalAverage()) },
        { "length 1", x => x.GlobalAverage().UnitLength() },
        { "linear, stored as a convolution", x => x.GlobalAverage().Linear("fc", 5, pointwise: true) },
        { "dropout, stochastic depth", x => x.StochasticDepth(0.5).Dropout(0.5) },
    };

    [Theory, MemberData(nameof(Operators))]
    public void Engines_agree(string name, Func<Value, Value> operation)
    {
        var graph = Graph.Build(g => operation(g.Input(4, 8, 7)));
        var network = new Network(graph, RandomWeights.For(graph, seed: 2));
        var random = new Random(6);
        float[] images = [.. Enumerable.Range(0, 3 * graph.Input.Shape.Count).Select(_ => random.NextSingle() * 16 - 8)];
        Close.Equal(FrozenRun.Of(new TorchInference(network), images), FrozenRun.Of(new OnnxInference(network), images), 1e-6, name);
    }
}
