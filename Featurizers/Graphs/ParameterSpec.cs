namespace TransferKit.Graphs;

/// <summary>
/// Describes a parameter or buffer of an operator. Its key in a state dict is the layer's name, a dot and <paramref name="Name"/>.
/// </summary>
/// <param name="Name">The last part of the key, such as <c>weight</c>.</param>
/// <param name="Dimensions">The shape in PyTorch's layout, such as output x input channels x height x width; empty for a scalar.</param>
/// <param name="Init">How it is initialized when no weights are loaded.</param>
/// <param name="IsBuffer">Whether it is part of the state dict but not trained, like running statistics.</param>
public sealed record ParameterSpec(string Name, int[] Dimensions, Initializer Init, bool IsBuffer = false)
{
    /// <summary>
    /// Whether weight decay applies to it. Default: whether it has several dimensions, like the weights of convolutions and linear layers,
    /// and unlike biases and the parameters of normalization layers. Layer scale, tables of positions and learned tokens never have weight
    /// decay, as in DeiT (arXiv:2012.12877) and timm.
    /// </summary>
    public bool HasWeightDecay { get; init; } = Dimensions.Length > 1;

    /// <summary>The number of elements.</summary>
    public int Count => Dimensions.Aggregate(1, (product, dimension) => checked(product * dimension));

    /// <summary>Whether it is batch normalization's <c>num_batches_tracked</c>.</summary>
    public bool IsCounter => Name == "num_batches_tracked";

    /// <summary>
    /// Whether its elements are integers: batch normalization's counter, or an index that follows from the operator's own settings. No
    /// result depends on them, and no exported model has them.
    /// </summary>
    public bool IsInteger => IsCounter || Init is Initializer.Indices;
}
