using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>What a pixel of a map sees of the input: the width of the square, and how far it moves from one pixel to the next.</summary>
/// <param name="Size">Width in input pixels, padding included.</param>
/// <param name="Stride">Input pixels between neighbours.</param>
public readonly record struct ReceptiveField(int Size, int Stride)
{
    internal ReceptiveField Through(int kernel, int stride) => new(Size + (kernel - 1) * Stride, Stride * stride);
}

/// <summary>What one node costs.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Kind">Its operator.</param>
/// <param name="Shape">The shape of its value for one image.</param>
/// <param name="Parameters">Its trained values; running statistics do not count.</param>
/// <param name="MultiplyAccumulates">Multiplications and additions, as pairs, for one image; convolutions and linear layers count.</param>
/// <param name="ReceptiveField">What one pixel of its value sees.</param>
public sealed record NodeSummary(string Name, string Kind, Shape Shape, long Parameters, long MultiplyAccumulates, ReceptiveField ReceptiveField);

/// <summary>Counts what a graph costs without running it.</summary>
public sealed record Summary(IReadOnlyList<NodeSummary> Nodes)
{
    /// <summary>Trained values of the whole graph.</summary>
    public long Parameters => Nodes.Sum(n => n.Parameters);

    /// <summary>Multiply-accumulates of the whole graph for one image.</summary>
    public long MultiplyAccumulates => Nodes.Sum(n => n.MultiplyAccumulates);

    /// <summary>Counts a graph, node by node.</summary>
    public static Summary Of(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var fields = new Dictionary<Node, ReceptiveField>();
        foreach (var node in graph.Nodes)
            fields[node] = Field(node, [.. node.Inputs.Select(i => fields[i])]);
        return new Summary([.. graph.Nodes.Select(n => new NodeSummary(n.Name, n.Operator.Kind, n.Shape,
            n.Parameters.Where(p => !p.IsBuffer).Sum(p => (long)p.Count), Work(n), fields[n]))]);
    }

    private static long Work(Node node) => node.Operator switch
    {
        Conv conv => (long)node.Shape.Count * (node.Inputs[0].Shape.Channels / conv.Groups) * conv.Kernel * conv.Kernel,
        Linear => (long)node.Shape.Count * node.Inputs[0].Shape.Count,
        _ => 0,
    };

    private static ReceptiveField Field(Node node, ReceptiveField[] inputs) => node.Operator switch
    {
        Input => new(1, 1),
        Conv conv => inputs[0].Through(conv.Kernel, conv.Stride),
        MaxPool pool => inputs[0].Through(pool.Kernel, pool.Stride),
        AveragePool pool => inputs[0].Through(pool.Kernel, pool.Stride),
        AdaptiveAveragePool pool => inputs[0].Through(
            Math.Max(1, (node.Inputs[0].Shape.Height + pool.Size - 1) / pool.Size), Math.Max(1, node.Inputs[0].Shape.Height / pool.Size)),
        GlobalAverage or Flatten => inputs[0].Through(node.Inputs[0].Shape.Height, 1),
        Add or Concat => new(inputs.Max(f => f.Size), inputs[0].Stride),
        BatchNorm or Relu or Relu6 or Linear or Dropout => inputs[0],
        _ => throw new NotSupportedException($"The count engine does not know the operator {node.Operator.Kind}."),
    };
}
