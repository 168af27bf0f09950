using TransferKit.Display;
using TransferKit.Graphs;
using static TransferKit.Display.Html;

namespace TransferKit.Engines;

/// <summary>What a pixel of a map sees of the input: a rectangle, and how far it moves from one pixel to the next.</summary>
/// <param name="Size">Height and width in input pixels, padding included.</param>
/// <param name="Stride">Input pixels between neighbors.</param>
public readonly record struct ReceptiveField(Extent Size, int Stride)
{
    internal ReceptiveField Through(Extent kernel, int stride) =>
        new((Size.Height + (kernel.Height - 1) * Stride, Size.Width + (kernel.Width - 1) * Stride), Stride * stride);

    internal ReceptiveField And(ReceptiveField other) =>
        this with { Size = (Math.Max(Size.Height, other.Size.Height), Math.Max(Size.Width, other.Size.Width)) };
}

/// <summary>What one node costs.</summary>
/// <param name="Name">The node's name.</param>
/// <param name="Kind">Its operator.</param>
/// <param name="Shape">The shape of its value for one image.</param>
/// <param name="Parameters">Its trained values; running statistics do not count.</param>
/// <param name="MultiplyAccumulates">
/// Multiplications and additions, as pairs, for one image: those of convolutions and linear layers that the output needs, so 0 in auxiliary classifiers.
/// </param>
/// <param name="ReceptiveField">What one pixel of its value sees.</param>
public sealed record NodeSummary(string Name, string Kind, Shape Shape, long Parameters, long MultiplyAccumulates, ReceptiveField ReceptiveField);

/// <summary>Counts what a graph costs without running it.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed record Summary(IReadOnlyList<NodeSummary> Nodes) : IDisplayable
{
    /// <summary>Trained values of the whole graph.</summary>
    public long Parameters => Nodes.Sum(n => n.Parameters);

    /// <summary>Multiply-accumulates of the whole graph for one image.</summary>
    public long MultiplyAccumulates => Nodes.Sum(n => n.MultiplyAccumulates);

    /// <summary>Counts a graph, node by node.</summary>
    public static Summary Of(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var needed = graph.UntilOutput().Nodes.ToHashSet();
        var fields = new Dictionary<Node, ReceptiveField>();
        foreach (var node in graph.Nodes)
            fields[node] = Field(node, [.. node.Inputs.Select(i => fields[i])]);
        // A layer that is applied several times counts once.
        var layers = new HashSet<string>();
        return new Summary([.. graph.Nodes.Select(n => new NodeSummary(n.Name, n.Operator.Kind, n.Shape,
            layers.Add(n.Layer) ? n.Parameters.Where(p => !p.IsBuffer).Sum(p => (long)p.Count) : 0, needed.Contains(n) ? Work(n) : 0, fields[n]))]);
    }

    /// <inheritdoc/>
    public string ToHtml() => Fragment(
        Table([.. Columns, "of the image"], Nodes.Select(n => Cells(n).Select(Text).Append($"<span class=\"bar\" style=\"width:{Number(6 * Seen(n))}rem\"></span>"))), $"<p>{Totals}</p>");

    /// <inheritdoc/>
    public override string ToString() =>
        TextTable.Of([.. Columns, "of the image"], Nodes.Select(n => (string[])[.. Cells(n), new string('█', Math.Max(1, (int)(16 * Seen(n)))).PadRight(16, '░')])) + Totals;

    private static readonly string[] Columns = ["node", "operator", "shape", "parameters", "MACs", "sees (px)"];

    private string Totals => $"{Number(Parameters, "N0")} parameters, {Number(MultiplyAccumulates, "N0")} multiply-accumulates";

    private static string[] Cells(NodeSummary node) =>
        [node.Name, node.Kind, $"{node.Shape}", Number(node.Parameters, "N0"), Number(node.MultiplyAccumulates, "N0"), $"{node.ReceptiveField.Size}"];

    // How far a pixel of the node's value sees across the image, or down it where that is more: from 0 to 1.
    private double Seen(NodeSummary node)
    {
        var (seen, image) = (node.ReceptiveField.Size, Nodes[0].Shape);
        return Math.Min(1, Math.Max((double)seen.Height / image.Height, (double)seen.Width / image.Width));
    }

    private static long Work(Node node) => node.Operator switch
    {
        Conv conv => (long)node.Shape.Count * (node.Inputs[0].Shape.Channels / conv.Groups) * conv.Kernel.Area,
        Linear => (long)node.Shape.Count * node.Inputs[0].Shape.Count,
        _ => 0,
    };

    private static ReceptiveField Field(Node node, ReceptiveField[] inputs) => node.Operator switch
    {
        Input => new(1, 1),
        Conv conv => inputs[0].Through(conv.Kernel, conv.Stride),
        MaxPool pool => inputs[0].Through(pool.Kernel, pool.Stride),
        AveragePool pool => inputs[0].Through(pool.Kernel, pool.Stride),
        AdaptiveAveragePool pool => inputs[0].Through(Windows(node.Inputs[0].Shape, pool.Size), Math.Max(1, node.Inputs[0].Shape.Height / pool.Size)),
        GlobalAverage or Flatten => inputs[0].Through((node.Inputs[0].Shape.Height, node.Inputs[0].Shape.Width), 1),
        Add or Concat => inputs.Aggregate((a, b) => a.And(b)),
        // The gates come from the whole image; where things are, a map knows from its own input.
        Rescale or Upsample => inputs[0],
        BatchNorm or Elementwise or Linear or Softmax or UnitLength or ChannelSlice or ChannelShuffle => inputs[0],
        _ => throw new NotSupportedException($"The count engine does not know the operator {node.Operator.Kind}."),
    };
    private static Extent Windows(Shape map, int size) => (Math.Max(1, (map.Height + size - 1) / size), Math.Max(1, (map.Width + size - 1) / size));
}
