namespace TransferKit.Graphs;

/// <summary>Multiplies each channel of a feature map, or each element of a vector, by a weight and adds a bias.</summary>
public sealed record Scale : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
    [
        new("weight", [input.Channels], new Initializer.Constant(1)),
        new("bias", [input.Channels], new Initializer.Constant(0)),
    ];
}

/// <summary>Adds a parameter of the same shape to a value, such as the negative mean image to an image.</summary>
public sealed record Bias : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
    [
        new("bias", [.. input.Dimensions.Select(dimension => (int)dimension)], new Initializer.Constant(0)) { HasWeightDecay = false },
    ];
}

/// <summary>Multiplies two values of the same shape element by element.</summary>
public sealed record Multiply : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0] == inputs[1] ? inputs[0]
        : throw new ArgumentException($"cannot multiply {inputs[0]} and {inputs[1]}: the shapes must be the same");
}
