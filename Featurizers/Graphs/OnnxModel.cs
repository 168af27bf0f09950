namespace TransferKit.Graphs;

/// <summary>
/// An ONNX model up to one of its values, where no other operators describe it. Only ONNX Runtime runs it: it cannot be trained, and
/// nothing is known of its inside.
/// </summary>
/// <param name="Output">The name of the value.</param>
/// <param name="Result">The shape of the value for one image.</param>
/// <param name="Length">The length of the model in bytes.</param>
/// <param name="Batch">The only number of images that the model takes at once; null for any number.</param>
/// <param name="Reason">What in the model no operator describes.</param>
public sealed record OnnxModel(string Output, Shape Result, int Length, int? Batch, string Reason) : Operator
{
    /// <inheritdoc/>
    public override IReadOnlyList<ParameterSpec> Parameters(Shape input) =>
        [new("model", [Length], new Initializer.Constant(0), IsBuffer: true)];

    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Result;

    /// <summary>Throws an exception if a graph has such a node, for engines that need to know all operators.</summary>
    /// <exception cref="ArgumentException">It has one; the message says why.</exception>
    internal static void Refuse(Graph graph)
    {
        if (graph.Nodes.Select(node => node.Operator).OfType<OnnxModel>().FirstOrDefault() is { } model)
        {
            throw new ArgumentException($"The ONNX model can only be run frozen, in ONNX Runtime, because TransferKit cannot read its " +
                $"{model.Reason}. Training it, the Torch engine and maps need a model whose operators are all known.");
        }
    }
}
