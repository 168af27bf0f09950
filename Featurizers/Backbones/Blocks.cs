using TransferKit.Graphs;

namespace TransferKit.Backbones;

/// <summary>Groups of layers that several families share, named as torchvision names them.</summary>
internal static class Blocks
{
    /// <summary>Convolution <c>0</c>, batch normalization <c>1</c> and, unless it is null, an activation <c>2</c>.</summary>
    public static Value ConvNorm(this Value x, string name, int channels, Size2D kernel, Activation? activation, int stride = 1, int groups = 1, BatchNorm? norm = null)
    {
        using (x.Graph.Scope(name))
        {
            x = x.Conv("0", channels, kernel, stride, groups: groups).BatchNorm("1", norm);
            return activation is null ? x : x.Activate(activation, "2");
        }
    }

    /// <summary>The Inception line's convolution <c>conv</c>, batch normalization <c>bn</c> and ReLU; without padding unless given.</summary>
    public static Value BasicConv(this Value x, string name, int channels, Size2D kernel, int stride = 1, Size2D padding = default, double deviation = 0.1)
    {
        using (x.Graph.Scope(name))
            return x.Conv("conv", channels, kernel, stride, padding, init: WeightInit.Normal(deviation)).BatchNorm("bn", new BatchNorm(Epsilon: 1e-3)).Relu();
    }

    /// <summary><see cref="BasicConv"/> with as much padding as keeps the size.</summary>
    public static Value SameConv(this Value x, string name, int channels, Size2D kernel) =>
        x.BasicConv(name, channels, kernel, padding: (kernel.Height / 2, kernel.Width / 2));

    /// <summary>The Inception line's linear layers: normal weights, but PyTorch's biases.</summary>
    public static WeightInit InceptionLinear(double deviation) => WeightInit.Normal(deviation) with { Bias = WeightInit.Uniform.Bias };

    /// <summary>
    /// Squeeze and excitation (Hu et al. 2017, arXiv:1709.01507): each channel is averaged, two 1x1 convolutions make gates of the
    /// averages, and the channels are multiplied by them.
    /// </summary>
    public static Value SqueezeExcitation(this Value x, string name, int squeezed, Activation inner, Activation gate)
    {
        using (x.Graph.Scope(name))
            return x.Rescale(x.AdaptiveAverage(1, "avgpool")
                .Conv("fc1", squeezed, 1, bias: true).Activate(inner)
                .Conv("fc2", x.Channels, 1, bias: true).Activate(gate));
    }

    /// <summary>
    /// Inverted residual (arXiv:1801.04381) as MobileNetV3 and EfficientNet have it: widened by a 1x1 convolution, convolved channel by
    /// channel, squeezed and excited where asked, projected; added to its input where the shape is the same.
    /// </summary>
    public static Value InvertedResidual(this Value x, int expanded, int channels, int kernel, int stride, Activation activation, BatchNorm norm,
        Func<Value, string, Value>? squeeze, double drop = 0)
    {
        int layer = 0;
        var y = expanded == x.Channels ? x : x.ConvNorm($"block.{layer++}", expanded, 1, activation, norm: norm);
        y = y.ConvNorm($"block.{layer++}", expanded, kernel, activation, stride, groups: expanded, norm);
        y = squeeze is null ? y : squeeze(y, $"block.{layer++}");
        return y.ConvNorm($"block.{layer}", channels, 1, activation: null, norm: norm).AddTo(x, stride, drop);
    }

    /// <summary>Added to the block's input, after stochastic depth, if the block has left its shape as it was.</summary>
    public static Value AddTo(this Value y, Value x, int stride, double drop = 0) =>
        stride > 1 || x.Channels != y.Channels ? y : (drop > 0 ? y.StochasticDepth(drop, "stochastic_depth") : y) + x;

    /// <summary>The multiple of 8 next to a scaled width, at most a tenth below it, as MobileNet's authors round.</summary>
    public static int Rounded(double width)
    {
        int rounded = Math.Max(8, (int)(width + 4) / 8 * 8);
        return rounded < 0.9 * width ? rounded + 8 : rounded;
    }
}
