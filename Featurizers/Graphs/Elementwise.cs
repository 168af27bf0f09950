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

/// <summary>Piecewise linear approximation of the sigmoid, relu6(x + 3) / 6 (arXiv:1905.02244).</summary>
public sealed record HardSigmoid : Activation;

/// <summary>Piecewise linear approximation of swish, x * relu6(x + 3) / 6 (arXiv:1905.02244).</summary>
public sealed record HardSwish : Activation;

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
