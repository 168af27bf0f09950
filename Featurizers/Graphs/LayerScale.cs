namespace TransferKit.Graphs;

/// <summary>Multiplies each channel of a residual branch by a learned number (arXiv:2103.17239).</summary>
/// <param name="Parameter">The last part of the key in checkpoints; empty where the name of the node is the key.</param>
/// <param name="IsMap">Whether checkpoints store channels x 1 x 1, instead of a vector.</param>
public sealed record LayerScale(string Parameter, bool IsMap) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        [new(Parameter, IsMap ? [input.Channels, 1, 1] : [input.Channels], new Initializer.Constant(1e-6f)) { HasWeightDecay = false }];
}

/// <summary>Stores a parameter that only pretraining uses, and passes its input on. The name of the node is the key.</summary>
/// <param name="Rows">The number of rows of the parameter, each as wide as a token.</param>
public sealed record UnusedParameter(int Rows) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0];

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        [new("", [Rows, input.Channels], new Initializer.Constant(0)) { HasWeightDecay = false }];
}
