namespace TransferKit.Graphs;

/// <summary>A parameter or buffer of an operator; its key in a state dict is the node's name, a dot and this name.</summary>
/// <param name="Name">The last part of the key, such as <c>weight</c>.</param>
/// <param name="Dimensions">The shape in PyTorch's layout; empty for a scalar.</param>
/// <param name="Init">How it is filled when no weights are loaded.</param>
/// <param name="IsBuffer">Whether it is part of the state but not trained.</param>
public sealed record ParameterSpec(string Name, int[] Dimensions, Initializer Init, bool IsBuffer = false)
{
    /// <summary>The number of elements.</summary>
    public int Count => Dimensions.Aggregate(1, (product, d) => checked(product * d));

    /// <summary>Whether it is batch normalization's step counter, the only integer in a state dict.</summary>
    public bool IsCounter => Name == "num_batches_tracked";
}

/// <summary>One of the closed set of things a node can do; engines switch over its sub-records.</summary>
public abstract record Operator
{
    /// <summary>The name a node of this kind gets when it is given none.</summary>
    public virtual string Kind => GetType().Name.ToLowerInvariant();

    /// <summary>The shape of the result.</summary>
    /// <exception cref="ArgumentException">The inputs do not fit.</exception>
    internal abstract Shape Infer(IReadOnlyList<Shape> inputs);

    /// <summary>The parameters for an input of this shape, in the order of PyTorch's state dict.</summary>
    public virtual IReadOnlyList<ParameterSpec> Parameters(Shape input) => [];

    private protected static Shape Map(Shape input) =>
        input.IsVector ? throw new ArgumentException($"needs a map (channels x height x width), not a vector of {input}") : input;

    private protected static Shape Vector(Shape input) =>
        input.IsVector ? input : throw new ArgumentException($"needs a vector, not a map of {input}; flatten it first");

    // The map that a window sliding over another gives.
    private protected static Shape Slide(Shape map, int channels, Extent kernel, int stride, Extent padding, bool ceiling = false) =>
        new(channels, Slide(map.Height, kernel.Height, stride, padding.Height, ceiling), Slide(map.Width, kernel.Width, stride, padding.Width, ceiling));

    private protected static Shape Pool(Shape map, int kernel, int stride, int padding, bool ceiling) =>
        padding <= kernel / 2 ? Slide(map, map.Channels, kernel, stride, padding, ceiling)
            : throw new ArgumentException($"a padding of {padding} is more than half the kernel of {kernel}");

    private static int Slide(int size, int kernel, int stride, int padding, bool ceiling)
    {
        if (kernel < 1 || stride < 1 || padding < 0)
            throw new ArgumentException($"a kernel of {kernel} with stride {stride} and padding {padding} is impossible");
        int room = size + 2 * padding - kernel + (ceiling ? stride - 1 : 0);
        if (room < 0)
            throw new ArgumentException($"a kernel of {kernel} does not fit {size} pixels padded by {padding}");
        int last = room / stride;
        // PyTorch's rule for rounding up: the last window must start within the map or the padding before it.
        return ceiling && last * stride >= size + padding ? last : last + 1;
    }
}
