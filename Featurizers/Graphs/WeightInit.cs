namespace TransferKit.Graphs;

/// <summary>Which rule fills the fresh weights of a convolution or a linear layer; families differ in it.</summary>
/// <param name="Weight">From the connections of one output (fan-in) and of one input (fan-out).</param>
/// <param name="Bias">The same for biases; null for 0.</param>
public sealed record WeightInit(Func<int, int, Initializer> Weight, Func<int, int, Initializer>? Bias = null)
{
    /// <summary>He et al.'s normal distribution for layers before a ReLU, by the outputs (arXiv:1502.01852).</summary>
    public static WeightInit KaimingFanOut { get; } = new((_, fanOut) => new Initializer.Normal(Math.Sqrt(2.0 / fanOut)));

    /// <summary>He et al.'s normal distribution, by the inputs.</summary>
    public static WeightInit KaimingFanIn { get; } = new((fanIn, _) => new Initializer.Normal(Math.Sqrt(2.0 / fanIn)));

    /// <summary>The uniform distribution of the same variance as <see cref="KaimingFanIn"/>.</summary>
    public static WeightInit KaimingUniform { get; } = new((fanIn, _) => new Initializer.Uniform(Math.Sqrt(6.0 / fanIn)));

    /// <summary>The uniform distribution within <paramref name="gain"/> / sqrt(outputs), biases 0.</summary>
    public static WeightInit FanOutUniform(double gain = 1) => new((_, fanOut) => new Initializer.Uniform(gain / Math.Sqrt(fanOut)));

    /// <summary>PyTorch's default: uniform within 1 / sqrt(inputs), biases too.</summary>
    public static WeightInit Uniform { get; } = new(WithinFanIn, WithinFanIn);

    /// <summary>A normal distribution of this deviation, whatever the layer's size.</summary>
    public static WeightInit Normal(double deviation) => new((_, _) => new Initializer.Normal(deviation));

    internal IReadOnlyList<ParameterSpec> Parameters(int[] dimensions, int fanIn, int fanOut, bool bias)
    {
        var weight = new ParameterSpec("weight", dimensions, Weight(fanIn, fanOut));
        return bias ? [weight, new ParameterSpec("bias", [dimensions[0]], Bias?.Invoke(fanIn, fanOut) ?? new Initializer.Constant(0))] : [weight];
    }

    private static Initializer.Uniform WithinFanIn(int fanIn, int fanOut) => new(1 / Math.Sqrt(fanIn));
}
