namespace TransferKit.Graphs;

/// <summary>Which rule fills the fresh weights of a convolution; families differ in it.</summary>
public enum ConvFill
{
    /// <summary>He et al.'s normal distribution by the outputs, biases 0.</summary>
    KaimingFanOut,

    /// <summary>He et al.'s normal distribution by the inputs, biases 0.</summary>
    KaimingFanIn,

    /// <summary>PyTorch's default: uniform within 1 / sqrt(inputs), biases too.</summary>
    Uniform,
}

/// <summary>How a fresh parameter is filled.</summary>
public abstract record Initializer
{
    /// <summary>Every element the same value.</summary>
    public sealed record Constant(float Value) : Initializer;

    /// <summary>Normal distribution with mean 0.</summary>
    public sealed record Normal(double Deviation) : Initializer;

    /// <summary>Uniform distribution from -bound to bound.</summary>
    public sealed record Uniform(double Bound) : Initializer;

    /// <summary>Normal with variance 2 / fan, as He et al. propose for layers before a ReLU (arXiv:1502.01852).</summary>
    /// <param name="fan">The connections of one output (fan-in) or of one input (fan-out).</param>
    public static Initializer Kaiming(int fan) => new Normal(Math.Sqrt(2.0 / fan));

    /// <summary>Uniform within 1 / sqrt(inputs): PyTorch's default for linear layers.</summary>
    public static Initializer FanInUniform(int inputs) => new Uniform(1 / Math.Sqrt(inputs));
}
