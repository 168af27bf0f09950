namespace TransferKit.Graphs;

/// <summary>An operator that leaves the shape as it is and treats each element, or each image, alike.</summary>
public abstract record Elementwise : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];
}

/// <summary>A function of one number, applied to each element.</summary>
public abstract record Activation : Elementwise;

/// <summary>Rectified linear unit.</summary>
public sealed record Relu : Activation;

/// <summary>Rectified linear unit clipped at 6.</summary>
public sealed record Relu6 : Activation;

/// <summary>Hyperbolic tangent.</summary>
public sealed record Tanh : Activation;

/// <summary>Logistic function, 1 / (1 + exp(-x)).</summary>
public sealed record Sigmoid : Activation;

/// <summary>Sigmoid linear unit, x * sigmoid(x), also called swish (arXiv:1710.05941).</summary>
public sealed record Silu : Activation;

/// <summary>Sigmoid of straight lines, relu6(x + 3) / 6 (arXiv:1905.02244).</summary>
public sealed record HardSigmoid : Activation;

/// <summary>Swish of straight lines, x * relu6(x + 3) / 6 (arXiv:1905.02244).</summary>
public sealed record HardSwish : Activation;

/// <summary>Zeroes elements at random while training; the identity otherwise.</summary>
public sealed record Dropout(double Probability) : Elementwise
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Probability is >= 0 and <= 1 ? inputs[0] : throw new ArgumentException($"a probability of {Probability} is impossible");
}

/// <summary>
/// Zeroes whole images' values at random while training, so that only the shortcut of a residual block is left of them; the identity
/// otherwise (Huang et al. 2016, arXiv:1603.09382).
/// </summary>
public sealed record StochasticDepth(double Probability) : Elementwise
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Probability is >= 0 and < 1 ? inputs[0] : throw new ArgumentException($"a probability of {Probability} is impossible: nothing would be left to scale up");
}
