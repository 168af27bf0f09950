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
}
