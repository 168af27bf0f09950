namespace TransferKit.Graphs;

/// <summary>The distribution from which the initial values of a parameter are drawn.</summary>
public abstract record Initializer
{
    /// <summary>Sets every element to the same value.</summary>
    /// <param name="Value">The value.</param>
    public sealed record Constant(float Value) : Initializer;

    /// <summary>Draws from a normal distribution with mean 0.</summary>
    /// <param name="Deviation">The standard deviation.</param>
    public sealed record Normal(double Deviation) : Initializer;

    /// <summary>Draws from a uniform distribution from -bound to bound.</summary>
    /// <param name="Bound">The bound, above 0.</param>
    public sealed record Uniform(double Bound) : Initializer;

    /// <summary>Sets the elements to given numbers, such as those of a buffer that is never trained.</summary>
    /// <param name="Numbers">The numbers, one for each element.</param>
    public sealed record Values(IReadOnlyList<float> Numbers) : Initializer;

    /// <summary>Sets the elements of a buffer of integers to given numbers.</summary>
    /// <param name="Numbers">The numbers, one for each element.</param>
    public sealed record Indices(IReadOnlyList<long> Numbers) : Initializer;
}
