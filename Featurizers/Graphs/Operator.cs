namespace TransferKit.Graphs;

/// <summary>
/// An operation of a node, such as a convolution, with its settings. The set of operators is closed: each engine has a case for every
/// one of them.
/// </summary>
public abstract record Operator
{
    /// <summary>The name of the operator in lower case. Nodes that are given no name are called after it.</summary>
    public virtual string Kind => GetType().Name.ToLowerInvariant();

    /// <summary>Returns the parameters and buffers in the order of PyTorch's state dict.</summary>
    /// <param name="input">The shape of the first input.</param>
    public virtual IReadOnlyList<ParameterSpec> Parameters(Shape input) => [];

    /// <summary>Returns the shape of the output.</summary>
    /// <exception cref="ArgumentException">The operator cannot be applied to inputs of these shapes.</exception>
    internal abstract Shape Infer(IReadOnlyList<Shape> inputs);

    private protected static Shape RequireMap(Shape input) => input.IsMap ? input
        : throw new ArgumentException($"needs a feature map (channels x height x width), not {Describe(input)}");

    private protected static Shape RequireVector(Shape input) => input.IsVector ? input
        : throw new ArgumentException($"needs a vector, not {Describe(input)}; flatten it first");

    private protected static Shape RequireTokens(Shape input) => input.Tokens > 0 ? input
        : throw new ArgumentException($"needs tokens (count x width), not {Describe(input)}");

    private static string Describe(Shape shape) =>
        shape.IsVector ? $"a vector of {shape}" : shape.IsMap ? $"a feature map of {shape}" : $"tokens of {shape}";

    // The shape of what a sliding window, of a convolution or a pooling, makes of a feature map.
    private protected static Shape WindowOutput(
        Shape map, int channels, Size2D kernel, int stride, Size2D padding, bool ceilMode = false) =>
        new(channels,
            WindowCount(map.Height, kernel.Height, stride, padding.Height, ceilMode),
            WindowCount(map.Width, kernel.Width, stride, padding.Width, ceilMode));

    private protected static Shape PoolOutput(Shape map, int kernel, int stride, int padding, bool ceilMode) =>
        padding <= kernel / 2 ? WindowOutput(map, map.Channels, kernel, stride, padding, ceilMode)
            : throw new ArgumentException($"a padding of {padding} is more than half the kernel of {kernel}");

    private static int WindowCount(int size, int kernel, int stride, int padding, bool ceilMode)
    {
        if (kernel < 1 || stride < 1 || padding < 0)
        {
            throw new ArgumentException($"a kernel of {kernel} with stride {stride} and padding {padding} is invalid: " +
                "kernel and stride must be at least 1, the padding at least 0");
        }
        int slack = size + 2 * padding - kernel + (ceilMode ? stride - 1 : 0);
        if (slack < 0)
            throw new ArgumentException($"a kernel of {kernel} does not fit {size} pixels padded by {padding}");
        int last = slack / stride;
        // PyTorch's rule for ceil_mode: the last window must start within the map or the padding before it.
        return ceilMode && last * stride >= size + padding ? last : last + 1;
    }
}
