namespace TransferKit.Graphs;

/// <summary>How a fresh parameter is filled.</summary>
public abstract record Initializer
{
    /// <summary>Every element the same value.</summary>
    public sealed record Constant(float Value) : Initializer;

    /// <summary>Normal distribution with mean 0.</summary>
    public sealed record Normal(double Deviation) : Initializer;

    /// <summary>Uniform distribution from -bound to bound.</summary>
    public sealed record Uniform(double Bound) : Initializer;

    /// <summary>Normal with variance 2 / (outputs x kernel area), as He et al. propose for layers before a ReLU (arXiv:1502.01852, fan-out).</summary>
    public static Initializer KaimingFanOut(int outputs, int area) => new Normal(Math.Sqrt(2.0 / ((double)outputs * area)));

    /// <summary>Uniform within 1 / sqrt(inputs): PyTorch's default for linear layers.</summary>
    public static Initializer FanInUniform(int inputs) => new Uniform(1 / Math.Sqrt(inputs));
}
