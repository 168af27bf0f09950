namespace TransferKit.Graphs;

/// <summary>The graph's input.</summary>
public sealed record Input(Shape Shape) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Shape;
}

/// <summary>Two-dimensional convolution with a square kernel.</summary>
public sealed record Conv(int Channels, int Kernel, int Stride, int Padding, int Groups, bool Bias, ConvFill Fill) : Operator
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
        int area = Kernel * Kernel, fanIn = input.Channels / Groups * area;
        var fresh = Fill switch
        {
            ConvFill.KaimingFanOut => Initializer.Kaiming(Channels * area),
            ConvFill.KaimingFanIn => Initializer.Kaiming(fanIn),
            ConvFill.Uniform => Initializer.FanInUniform(fanIn),
            _ => throw new NotSupportedException($"There is no rule {Fill} to fill a convolution by."),
        };
        var weight = new ParameterSpec("weight", [Channels, input.Channels / Groups, Kernel, Kernel], fresh);
        return Bias ? [weight, new ParameterSpec("bias", [Channels], Fill == ConvFill.Uniform ? fresh : new Initializer.Constant(0))] : [weight];
    }
}

/// <summary>Batch normalisation over the channels of a map (arXiv:1502.03167).</summary>
public sealed record BatchNorm(double Epsilon, double Momentum) : Operator
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

/// <summary>Rectified linear unit.</summary>
public sealed record Relu : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];
}

/// <summary>Rectified linear unit clipped at 6.</summary>
public sealed record Relu6 : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];
}

/// <summary>Maximum over a sliding square window.</summary>
public sealed record MaxPool(int Kernel, int Stride, int Padding) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var x = Map(inputs[0]);
        if (Padding > Kernel / 2)
            throw new ArgumentException($"a padding of {Padding} is more than half the kernel of {Kernel}");
        return Slide(x, x.Channels, Kernel, Stride, Padding);
    }
}

/// <summary>Average over a sliding square window.</summary>
public sealed record AveragePool(int Kernel, int Stride) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var x = Map(inputs[0]);
        return Slide(x, x.Channels, Kernel, Stride, padding: 0);
    }
}

/// <summary>Average over as many windows as the output has pixels, whatever the input's size (PyTorch's rule for their borders).</summary>
public sealed record AdaptiveAveragePool(int Size) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Size > 0 ? new(Map(inputs[0]).Channels, Size, Size) : throw new ArgumentException($"a map of {Size} x {Size} is impossible");
}

/// <summary>Average over height and width: a map becomes a vector.</summary>
public sealed record GlobalAverage : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => new(Map(inputs[0]).Channels);
}

/// <summary>A map read row by row, channel by channel, as a vector.</summary>
public sealed record Flatten : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => new(Map(inputs[0]).Count);
}

/// <summary>Fully connected layer with bias.</summary>
/// <param name="Width">The number of outputs.</param>
/// <param name="Deviation">Standard deviation of fresh weights, with biases 0; null for PyTorch's default.</param>
public sealed record Linear(int Width, double? Deviation) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Width > 0 ? Vector(inputs[0]) with { Channels = Width } : throw new ArgumentException($"{Width} outputs are impossible");

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input)
    {
        var uniform = Initializer.FanInUniform(input.Channels);
        return
        [
            new("weight", [Width, input.Channels], Deviation is { } deviation ? new Initializer.Normal(deviation) : uniform),
            new("bias", [Width], Deviation is null ? uniform : new Initializer.Constant(0)),
        ];
    }
}

/// <summary>Zeroes elements at random while training; the identity otherwise.</summary>
public sealed record Dropout(double Probability) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];
}

/// <summary>Maps of one height and width, one after the other along the channels.</summary>
public sealed record Concat : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        inputs.Select(Map).Select(s => (s.Height, s.Width)).Distinct().Count() == 1
            ? inputs[0] with { Channels = inputs.Sum(s => s.Channels) }
            : throw new ArgumentException($"cannot concatenate {string.Join(" and ", inputs)}");
}

/// <summary>Element-wise sum of two values of one shape.</summary>
public sealed record Add : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        inputs[0] == inputs[1] ? inputs[0] : throw new ArgumentException($"cannot add {inputs[0]} and {inputs[1]}");
}
