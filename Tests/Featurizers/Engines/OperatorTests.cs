using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Tests.Featurizers.Backbones;

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
        { "hard sigmoid with another slope", x => x.Activate(new HardSigmoid { Alpha = 0.2, Beta = 0.4 }) },
        { "leaky relu", x => x.Activate(new LeakyRelu(0.1)) },
        { "elu", x => x.Activate(new Elu(0.7)) },
        { "clip", x => x.Activate(new Clip(-1.5, 2.5)) },
        { "prelu of a feature map", x => x.Activate(new PRelu()) },
        { "prelu of a vector", x => x.GlobalAveragePool().Activate(new PRelu()) },
        { "dilated convolution", x => x.Add("conv", new Conv(6, 3, 1, 2, 2, true, WeightInit.Uniform) { Dilation = 2 }) },
        { "scale of a feature map", x => x.Add("scale", new Scale()) },
        { "scale of a vector", x => x.GlobalAveragePool().Add("scale", new Scale()) },
        { "bias", x => x.Add("bias", new Bias()) },
        { "product", x => x.Add(null, new Multiply(), x.Relu()) },
        { "padding with zeros", x => x.Add(null, new Pad(0, 1, 2, 3, Lowest: false)) },
        { "padding with the lowest number", x => x.Add(null, new Pad(0, 1, 2, 3, Lowest: true)).MaxPool(3, 2) },
        { "repeated pixels", x => x.Add(null, new UpsampleBy(3)) },
        { "a vector as a feature map", x => x.Flatten().Add(null, new Unflatten(new(8, 4, 7))) },
        { "batch normalization of a vector", x => x.GlobalAveragePool().BatchNorm("bn") },
        { "gelu", x => x.Activate(new Gelu()) },
        { "quick gelu", x => x.Activate(new QuickGelu()) },
        { "times", x => x.Add(null, new Times(0.25)) },
        { "tokens and back", x => x.Add(null, new ToTokens()).Add(null, new ToMap(8, 7)) },
        { "learned tokens first", x => x.Add(null, new ToTokens()).Add("t", new LearnedTokens(2, IsVector: false, After: 0)) },
        { "learned tokens after the first", x => x.Add(null, new ToTokens()).Add("t", new LearnedTokens(1, IsVector: true, After: 1)) },
        { "layer normalization of tokens", x => x.Add(null, new ToTokens()).Add("n", new LayerNorm(1e-6)) },
        { "layer normalization of a feature map", x => x.Add("n", new LayerNorm(1e-5)) },
        { "layer normalization of a vector", x => x.GlobalAveragePool().Add("n", new LayerNorm(1e-5)) },
        { "attention", x => x.Add(null, new ToTokens()).Add("a", new Attention(2, AttentionKeys.Timm)) },
        { "weights of attention", x => x.Add(null, new ToTokens())
            .Add("a", new AttentionWeights(new Attention(2, AttentionKeys.PyTorch))) },
        { "linear layer of tokens", x => x.Add(null, new ToTokens()).Linear("fc", 6) },
        { "layer scale of tokens", x => x.Add(null, new ToTokens()).Add("ls", new LayerScale("gamma", IsMap: false)) },
        { "layer scale of a feature map", x => x.Add("ls", new LayerScale("", IsMap: true)) },
        { "one token", x => x.Add(null, new ToTokens()).Add(null, new TakeToken(3)) },
        { "mean of tokens", x => x.Add(null, new ToTokens()).Add(null, new MeanOfTokens(2)) },
        { "gated linear unit", x => x.Add(null, new ToTokens()).Add(null, new SwiGlu()) },
        { "attention in padded windows", x => Windowed(x, new(2, new(3), WindowAttentionVariant.Swin)) },
        { "attention in shifted windows", x => Windowed(x, new(2, new(4, Shift: 2), WindowAttentionVariant.Swin)) },
        { "cosine attention in shifted windows", x => Windowed(x, new(2, new(3, Shift: 1), WindowAttentionVariant.SwinV2)) },
        { "attention in a grid", x => Windowed(x, new(2, new(7, IsGrid: true), WindowAttentionVariant.MaxVit)) },
        { "patch merging of an odd side", x => Tokens(x).Add(null, new MergePatches()) },
        { "projection", x => x.GlobalAveragePool().Add("proj", new Projection(5)) },
        { "positions on a smaller grid", x => Positions(x, 9, antialias: false, offset: 0.1) },
        { "positions on a smaller grid, antialiased", x => Positions(x, 9, antialias: true, offset: 0) },
        { "positions on a larger grid", x => Positions(x, 3, antialias: false, offset: 0) },
        { "dropout and stochastic depth", x => x.StochasticDepth(0.5).Dropout(0.5) },
    };

    private static Value Positions(Value x, int grid, bool antialias, double offset) =>
        Tokens(x).Add("p", new PositionEmbedding(0, grid, IsMatrix: false, antialias, offset));

    private static Value Windowed(Value x, WindowAttention attention) => Tokens(x).Add("n", new LayerNorm(1e-5)).Add("a", attention);

    // A convolution gives the square grid of 7 x 7 tokens.
    private static Value Tokens(Value x) => x.Conv("c", 4, (2, 1), padding: 0).Add(null, new ToTokens());

    [Theory, MemberData(nameof(Operators))]
    public void Both_engines_compute_the_same(string name, Func<Value, Value> operation)
    {
        var graph = Graph.Build(g => operation(g.Input(4, 8, 7)));
        var network = new Network(graph, FillRule.Fill(graph.State, "", gain: 1));
        var random = new Random(6);
        float[] images = [.. Enumerable.Range(0, 3 * graph.Input.Shape.Count).Select(_ => random.NextSingle() * 16 - 8)];
        float[] expected = FrozenRun.Of(new TorchInference(network), images), actual = FrozenRun.Of(new OnnxInference(network), images);
        Close.Equal(expected, actual, 1e-6, name);
    }
}
