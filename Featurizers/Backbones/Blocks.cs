using TransferKit.Graphs;

namespace TransferKit.Backbones;

/// <summary>Blocks of layers that several families share, with torchvision's names.</summary>
internal static class Blocks
{
    /// <summary>
    /// torchvision's Conv2dNormActivation: convolution <c>0</c>, batch normalization <c>1</c> and, unless it is null, an activation
    /// <c>2</c>.
    /// </summary>
    public static Value ConvNorm(this Value x, string name, int channels, Size2D kernel, Activation? activation, int stride = 1,
        int groups = 1, BatchNorm? norm = null)
    {
        using (x.Graph.Scope(name))
        {
            x = x.Conv("0", channels, kernel, stride, groups: groups).BatchNorm("1", norm);
            return activation is null ? x : x.Activate(activation, "2");
        }
    }

    /// <summary>Inception's convolution <c>conv</c>, batch normalization <c>bn</c> and ReLU; by default without padding.</summary>
    public static Value BasicConv(this Value x, string name, int channels, Size2D kernel, int stride = 1, Size2D padding = default,
        double deviation = 0.1)
    {
        using (x.Graph.Scope(name))
            return x.Conv("conv", channels, kernel, stride, padding, init: WeightInit.Normal(deviation))
                .BatchNorm("bn", new BatchNorm(Epsilon: 1e-3)).Relu();
    }

    /// <summary><see cref="BasicConv"/> with padding that keeps the size of the map at stride 1.</summary>
    public static Value SameConv(this Value x, string name, int channels, Size2D kernel, int stride = 1, double deviation = 0.1) =>
        x.BasicConv(name, channels, kernel, stride, padding: (kernel.Height / 2, kernel.Width / 2), deviation);

    /// <summary>The initialization of Inception's linear layers: normal weights, and PyTorch's default for biases.</summary>
    public static WeightInit InceptionInit(double deviation) => WeightInit.Normal(deviation) with { Bias = WeightInit.Uniform.Bias };

    /// <summary>
    /// Squeeze and excitation (Hu et al. 2017, arXiv:1709.01507): each channel is averaged, two 1x1 convolutions compute a gate for each
    /// channel from the averages, and the channels are multiplied by their gates.
    /// </summary>
    public static Value SqueezeExcitation(this Value x, string name, int squeezed, Activation inner, Activation gate)
    {
        using (x.Graph.Scope(name))
            return x.Rescale(x.AdaptiveAveragePool(1, "avgpool")
                .Conv("fc1", squeezed, 1, bias: true).Activate(inner)
                .Conv("fc2", x.Channels, 1, bias: true).Activate(gate));
    }

    /// <summary>
    /// The inverted residual block (arXiv:1801.04381) of MobileNetV3 and EfficientNet: a 1x1 convolution that expands the channels, a
    /// depthwise convolution, optional squeeze and excitation, and a 1x1 convolution that projects. The input is added if the shapes agree.
    /// </summary>
    public static Value InvertedResidual(this Value x, int expanded, int channels, int kernel, int stride, Activation activation,
        BatchNorm norm, Func<Value, string, Value>? squeeze, double drop = 0)
    {
        int layer = 0;
        var y = expanded == x.Channels ? x : x.ConvNorm($"block.{layer++}", expanded, 1, activation, norm: norm);
        y = y.ConvNorm($"block.{layer++}", expanded, kernel, activation, stride, groups: expanded, norm);
        y = squeeze is null ? y : squeeze(y, $"block.{layer++}");
        return y.ConvNorm($"block.{layer}", channels, 1, activation: null, norm: norm).AddTo(x, stride, drop);
    }

    /// <summary>Adds the block's input after stochastic depth, if the block has not changed the shape.</summary>
    public static Value AddTo(this Value y, Value x, int stride, double drop = 0) =>
        stride > 1 || x.Channels != y.Channels ? y : y.Dropped(drop, "stochastic_depth") + x;

    /// <summary>Adds stochastic depth unless its probability is 0.</summary>
    public static Value Dropped(this Value branch, double drop, string name) => drop > 0 ? branch.StochasticDepth(drop, name) : branch;

    /// <summary>Rounds a number of channels to a multiple, at most a tenth below it (torchvision's _make_divisible).</summary>
    public static int MakeDivisible(double width, int divisor = 8)
    {
        int rounded = Math.Max(divisor, (int)(width + divisor / 2.0) / divisor * divisor);
        return rounded < 0.9 * width ? rounded + divisor : rounded;
    }
}
