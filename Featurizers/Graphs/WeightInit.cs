namespace TransferKit.Graphs;

/// <summary>
/// The initialization of the weights and biases of a convolution or a linear layer. The rules take the fan-in (the number of inputs of
/// one output) and the fan-out (the number of outputs that one input reaches).
/// </summary>
/// <param name="Weight">From fan-in and fan-out to the distribution of the weights.</param>
/// <param name="Bias">From fan-in and fan-out to the distribution of the biases; null for zeros.</param>
public sealed record WeightInit(Func<int, int, Initializer> Weight, Func<int, int, Initializer>? Bias = null)
{
    /// <summary>Kaiming normal with fan-out: standard deviation sqrt(2 / fan-out), biases 0 (He et al., arXiv:1502.01852).</summary>
    public static WeightInit KaimingFanOut { get; } = new((_, fanOut) => new Initializer.Normal(Math.Sqrt(2.0 / fanOut)));

    /// <summary>Kaiming normal with fan-in: standard deviation sqrt(2 / fan-in), biases 0.</summary>
    public static WeightInit KaimingFanIn { get; } = new((fanIn, _) => new Initializer.Normal(Math.Sqrt(2.0 / fanIn)));

    /// <summary>Kaiming uniform with fan-in: from -sqrt(6 / fan-in) to sqrt(6 / fan-in), biases 0.</summary>
    public static WeightInit KaimingUniform { get; } = new((fanIn, _) => new Initializer.Uniform(Math.Sqrt(6.0 / fanIn)));

    /// <summary>PyTorch's default for Conv2d and Linear: uniform from -1 / sqrt(fan-in) to 1 / sqrt(fan-in), biases too.</summary>
    public static WeightInit Uniform { get; } = new(UniformFanIn, UniformFanIn);

    /// <summary>Uniform from -gain / sqrt(fan-out) to gain / sqrt(fan-out), biases 0.</summary>
    /// <param name="gain">The factor, above 0.</param>
    public static WeightInit FanOutUniform(double gain = 1) => new((_, fanOut) => new Initializer.Uniform(gain / Math.Sqrt(fanOut)));

    /// <summary>Normal with a fixed standard deviation, whatever the size of the layer; biases 0.</summary>
    /// <param name="deviation">The standard deviation.</param>
    public static WeightInit Normal(double deviation) => new((_, _) => new Initializer.Normal(deviation));

    /// <summary>Returns the specifications of a weight and, if wanted, a bias.</summary>
    internal IReadOnlyList<ParameterSpec> Parameters(int[] dimensions, int fanIn, int fanOut, bool bias)
    {
        var weightSpec = new ParameterSpec("weight", dimensions, Weight(fanIn, fanOut));
        if (!bias)
            return [weightSpec];
        var biasInit = Bias?.Invoke(fanIn, fanOut) ?? new Initializer.Constant(0);
        return [weightSpec, new ParameterSpec("bias", [dimensions[0]], biasInit)];
    }

    private static Initializer.Uniform UniformFanIn(int fanIn, int fanOut) => new(1 / Math.Sqrt(fanIn));
}
