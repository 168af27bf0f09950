namespace TransferKit.Graphs;

/// <summary>
/// Computes how much each token reads from each other in attention, averaged over the heads. Its value is 1 x tokens x tokens: a row for
/// each token that reads, with the sum 1. It shares the parameters of the attention if its name is the attention's, followed by <c>@</c>
/// and more.
/// </summary>
/// <param name="Attention">The attention.</param>
internal sealed record AttentionWeights(Attention Attention) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        int tokens = Attention.Infer(inputs).Tokens;
        return new(1, tokens, tokens);
    }

    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) => [.. Attention.Parameters(input).Take(2)];
}
