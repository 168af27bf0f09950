namespace TransferKit.Graphs;

/// <summary>An operator whose output has the shape of its input.</summary>
public abstract record Elementwise : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];
}

/// <summary>An activation function, applied to each element.</summary>
public abstract record Activation : Elementwise;

/// <summary>Rectified linear unit, max(0, x).</summary>
public sealed record Relu : Activation;

/// <summary>Rectified linear unit with values above 6 clipped, min(max(0, x), 6).</summary>
public sealed record Relu6 : Activation;

/// <summary>Hyperbolic tangent.</summary>
public sealed record Tanh : Activation;

/// <summary>Logistic function, 1 / (1 + exp(-x)).</summary>
public sealed record Sigmoid : Activation;

/// <summary>Sigmoid linear unit, x * sigmoid(x), also called swish (arXiv:1710.05941).</summary>
public sealed record Silu : Activation;

/// <summary>Gaussian error linear unit, x * (1 + erf(x / sqrt(2))) / 2 (arXiv:1606.08415).</summary>
public sealed record Gelu : Activation;

/// <summary>Approximation of the Gaussian error linear unit, x * sigmoid(1.702 * x) (arXiv:1606.08415).</summary>
public sealed record QuickGelu : Activation;

/// <summary>
/// Piecewise linear approximation of the sigmoid, min(max(0, alpha * x + beta), 1): by default relu6(x + 3) / 6 (arXiv:1905.02244).
/// </summary>
public sealed record HardSigmoid : Activation
{
    /// <summary>The slope. Default: 1/6.</summary>
    public double Alpha { get; init; } = 1.0 / 6;

    /// <summary>The value at 0. Default: 0.5.</summary>
    public double Beta { get; init; } = 0.5;
}

/// <summary>Leaky rectified linear unit: x where it is positive, and x times a slope elsewhere.</summary>
/// <param name="Slope">The slope for negative values.</param>
public sealed record LeakyRelu(double Slope) : Activation;

/// <summary>Exponential linear unit: x where it is positive, and alpha * (exp(x) - 1) elsewhere (arXiv:1511.07289).</summary>
/// <param name="Alpha">The factor for negative values.</param>
public sealed record Elu(double Alpha) : Activation;

/// <summary>Limits values to a range.</summary>
/// <param name="Min">The lowest value.</param>
/// <param name="Max">The highest value.</param>
public sealed record Clip(double Min, double Max) : Activation;

/// <summary>
/// Parametric rectified linear unit: x where it is positive, and x times a slope of its channel elsewhere (arXiv:1502.01852).
/// </summary>
public sealed record PRelu : Activation
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        [new("weight", [input.Channels], new Initializer.Constant(0.25f))];
}

/// <summary>Piecewise linear approximation of swish, x * relu6(x + 3) / 6 (arXiv:1905.02244).</summary>
public sealed record HardSwish : Activation;

/// <summary>Multiplies each element by a number.</summary>
/// <param name="Factor">The number.</param>
public sealed record Times(double Factor) : Elementwise;

/// <summary>Sets elements to zero at random during training and scales up the others; does nothing in evaluation.</summary>
/// <param name="Probability">The probability of zeroing an element, from 0 to 1.</param>
public sealed record Dropout(double Probability) : Elementwise
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Probability is >= 0 and <= 1 ? inputs[0]
        : throw new ArgumentException($"a dropout probability of {Probability} is invalid: it must be from 0 to 1");
}

/// <summary>
/// Sets the values of whole images to zero at random during training and scales up the others, so that only the shortcut of a residual
/// block remains for these images; does nothing in evaluation (Huang et al. 2016, arXiv:1603.09382).
/// </summary>
/// <param name="Probability">The probability of zeroing an image's values, from 0 to below 1.</param>
public sealed record StochasticDepth(double Probability) : Elementwise
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Probability is >= 0 and < 1 ? inputs[0]
        : throw new ArgumentException($"a stochastic depth probability of {Probability} is invalid: it must be from 0 to below 1");
}
