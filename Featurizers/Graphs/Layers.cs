using System.Text.Json.Serialization;

namespace TransferKit.Graphs;

/// <summary>The graph's input.</summary>
public sealed record Input(Shape Shape) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Shape;
}

/// <summary>Two-dimensional convolution.</summary>
public sealed record Conv(int Channels, Extent Kernel, int Stride, Extent Padding, int Groups, bool Bias, [property: JsonPropertyName("Fill")] WeightInit Init) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var x = Map(inputs[0]);
        if (Groups < 1 || Channels < 1 || x.Channels % Groups != 0 || Channels % Groups != 0)
            throw new ArgumentException($"{Groups} groups divide neither {x.Channels} input nor {Channels} output channels evenly");
        return Slide(x, Channels, Kernel, Stride, Padding);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        int inner = input.Channels / Groups;
        return Init.Parameters([Channels, inner, Kernel.Height, Kernel.Width], inner * Kernel.Area, Channels * Kernel.Area, Bias);
    }
}

/// <summary>Batch normalization over the channels of a map (arXiv:1502.03167).</summary>
public sealed record BatchNorm(double Epsilon = 1e-5, double Momentum = 0.1) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Map(inputs[0]);

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        Initializer zero = new Initializer.Constant(0), one = new Initializer.Constant(1);
        int[] channels = [input.Channels];
        return
        [
            new("weight", channels, one), new("bias", channels, zero),
            new("running_mean", channels, zero, IsBuffer: true), new("running_var", channels, one, IsBuffer: true),
            new("num_batches_tracked", [], zero, IsBuffer: true),
        ];
    }
}

/// <summary>Fully connected layer with bias.</summary>
/// <param name="Width">The number of outputs.</param>
/// <param name="Init">How fresh weights are filled.</param>
/// <param name="Pointwise">Whether checkpoints hold its weight as that of a 1x1 convolution, with two more dimensions.</param>
public sealed record Linear(int Width, [property: JsonPropertyName("Fill")] WeightInit Init, bool Pointwise) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Width > 0 ? Vector(inputs[0]) with { Channels = Width } : throw new ArgumentException($"{Width} outputs are impossible");

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        Init.Parameters(Pointwise ? [Width, input.Channels, 1, 1] : [Width, input.Channels], input.Channels, Width, bias: true);
}
