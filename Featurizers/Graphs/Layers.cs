using System.Text.Json.Serialization;

namespace TransferKit.Graphs;

/// <summary>The input of a graph: the images.</summary>
/// <param name="Shape">The shape of one image.</param>
public sealed record Input(Shape Shape) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Shape;
}

/// <summary>Two-dimensional convolution over a feature map.</summary>
/// <param name="Channels">The number of output channels.</param>
/// <param name="Kernel">The kernel size.</param>
/// <param name="Stride">The step of the kernel, the same in height and width.</param>
/// <param name="Padding">Zeros added on each side of the height and of the width.</param>
/// <param name="Groups">The number of groups, a divisor of input and output channels; the number of input channels if depthwise.</param>
/// <param name="Bias">Whether a bias is added to each output channel.</param>
/// <param name="Init">How the weights are initialized.</param>
public sealed record Conv(
    int Channels,
    Size2D Kernel,
    int Stride,
    Size2D Padding,
    int Groups,
    bool Bias,
    // Saved models call this property Fill.
    [property: JsonPropertyName("Fill")] WeightInit Init) : Operator
{
    /// <summary>The distance between neighboring elements of the kernel, in pixels. Default: 1.</summary>
    public int Dilation { get; init; } = 1;

    // The height and width in pixels from the first to the last element of the kernel.
    internal Size2D Extent => ((Kernel.Height - 1) * Dilation + 1, (Kernel.Width - 1) * Dilation + 1);

    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var input = RequireMap(inputs[0]);
        if (Dilation < 1)
            throw new ArgumentException($"a dilation of {Dilation} is invalid: it must be at least 1");
        if (Channels < 1)
            throw new ArgumentException($"{Channels} output channels are invalid: there must be at least 1");
        if (Groups < 1 || input.Channels % Groups != 0 || Channels % Groups != 0)
        {
            throw new ArgumentException($"{Groups} groups are invalid: the number of groups must be at least 1 and divide " +
                $"{input.Channels} input and {Channels} output channels");
        }
        return WindowOutput(input, Channels, Extent, Stride, Padding);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int inputsPerGroup = input.Channels / Groups;
        int fanIn = inputsPerGroup * Kernel.Area, fanOut = Channels * Kernel.Area;
        return Init.Parameters([Channels, inputsPerGroup, Kernel.Height, Kernel.Width], fanIn, fanOut, Bias);
    }
}

/// <summary>Batch normalization over the channels of a feature map, or over the elements of a vector (arXiv:1502.03167).</summary>
/// <param name="Epsilon">A small number added to the variance.</param>
/// <param name="Momentum">The share of a new batch in the running statistics, as PyTorch defines it.</param>
public sealed record BatchNorm(double Epsilon = 1e-5, double Momentum = 0.1) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        Initializer zero = new Initializer.Constant(0), one = new Initializer.Constant(1);
        int[] channels = [input.Channels];
        return
        [
            new("weight", channels, one),
            new("bias", channels, zero),
            new("running_mean", channels, zero, IsBuffer: true),
            new("running_var", channels, one, IsBuffer: true),
            new("num_batches_tracked", [], zero, IsBuffer: true),
        ];
    }
}

/// <summary>Fully connected layer: a vector, or each token, becomes a vector of outputs.</summary>
/// <param name="Width">The number of outputs.</param>
/// <param name="Init">How the weights are initialized.</param>
/// <param name="StoredAsConvolution">
/// Whether checkpoints store the weight with the shape of a 1x1 convolution: outputs x inputs x 1 x 1.
/// </param>
public sealed record Linear(
    int Width,
    // Saved models call this property Fill.
    [property: JsonPropertyName("Fill")] WeightInit Init,
    // Saved models call this property Pointwise.
    [property: JsonPropertyName("Pointwise")] bool StoredAsConvolution) : Operator
{
    /// <summary>Whether a bias is added. Default: true.</summary>
    public bool Bias { get; init; } = true;

    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        if (Width < 1)
            throw new ArgumentException($"{Width} outputs are invalid: there must be at least 1");
        return (inputs[0].Tokens > 0 ? inputs[0] : RequireVector(inputs[0])) with { Channels = Width };
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int[] dimensions = StoredAsConvolution ? [Width, input.Channels, 1, 1] : [Width, input.Channels];
        return Init.Parameters(dimensions, fanIn: input.Channels, fanOut: Width, Bias);
    }
}
