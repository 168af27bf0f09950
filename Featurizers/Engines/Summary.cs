using TransferKit.Display;
using TransferKit.Graphs;
using static TransferKit.Display.Html;

namespace TransferKit.Engines;

/// <summary>
/// Lists the nodes of a graph with their shapes, parameters, multiply-accumulates and receptive fields, without running it. It shows
/// itself as a table.
/// </summary>
/// <param name="Nodes">The nodes in the order of the graph.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed record Summary(IReadOnlyList<NodeSummary> Nodes) : IDisplayable
{
    private static readonly string[] Columns = ["node", "operator", "shape", "parameters", "MACs", "receptive field", "of the image"];

    /// <summary>The number of trainable parameters of the whole graph.</summary>
    public long Parameters => Nodes.Sum(node => node.Parameters);

    /// <summary>The multiply-accumulates (MACs) of the whole graph for one image.</summary>
    public long MultiplyAccumulates => Nodes.Sum(node => node.MultiplyAccumulates);

    private string Totals => $"{Number(Parameters, "N0")} parameters, {Number(MultiplyAccumulates, "N0")} multiply-accumulates";

    /// <summary>Summarizes a graph.</summary>
    /// <param name="graph">The graph.</param>
    public static Summary Of(Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var needed = graph.UntilOutput().Nodes.ToHashSet();
        var fields = new Dictionary<Node, ReceptiveField>();
        // A layer that is applied several times counts once.
        var countedLayers = new HashSet<string>();
        var summaries = new List<NodeSummary>();
        foreach (var node in graph.Nodes)
        {
            fields[node] = ReceptiveField.Of(node, [.. node.Inputs.Select(input => fields[input])]);
            var trained = node.Parameters.Where(parameter => !parameter.IsBuffer);
            long parameters = countedLayers.Add(node.Layer) ? trained.Sum(parameter => (long)parameter.Count) : 0;
            long macs = needed.Contains(node) ? CountMacs(node) : 0;
            summaries.Add(new NodeSummary(node.Name, node.Operator.Kind, node.Shape, parameters, macs, fields[node]));
        }
        return new Summary(summaries);
    }

    /// <inheritdoc/>
    public string ToHtml()
    {
        var rows = Nodes.Select(node => Cells(node).Select(Text).Append(HtmlBar(node)));
        return Fragment(Table(Columns, rows), $"<p>{Totals}</p>");
    }

    /// <summary>Returns the table as text, followed by the totals.</summary>
    public override string ToString() =>
        TextTable.Format(Columns, Nodes.Select(node => (string[])[.. Cells(node), TextBar(node)])) + Totals;

    private static string[] Cells(NodeSummary node) =>
    [
        node.Name, node.Kind, $"{node.Shape}", Number(node.Parameters, "N0"), Number(node.MultiplyAccumulates, "N0"),
        $"{node.ReceptiveField.Size} px",
    ];

    private string HtmlBar(NodeSummary node) => $"<span class=\"bar\" style=\"width:{Number(6 * ShareOfImage(node))}rem\"></span>";

    private string TextBar(NodeSummary node)
    {
        const int width = 16;
        return new string('█', Math.Max(1, (int)(width * ShareOfImage(node)))).PadRight(width, '░');
    }

    // The share of the image's height or width that the receptive field covers, whichever is larger; from 0 to 1.
    private double ShareOfImage(NodeSummary node)
    {
        var (field, image) = (node.ReceptiveField.Size, Nodes[0].Shape);
        return Math.Min(1, Math.Max((double)field.Height / image.Height, (double)field.Width / image.Width));
    }

    private static long CountMacs(Node node) => node.Operator switch
    {
        Conv conv => (long)node.Shape.Count * (node.Inputs[0].Shape.Channels / conv.Groups) * conv.Kernel.Area,
        Linear => (long)node.Shape.Count * node.Inputs[0].Shape.Channels,
        Projection => (long)node.Shape.Count * node.Inputs[0].Shape.Count,
        // Four projections, the products of queries and keys, and those of the result and the values.
        Attention => 4L * node.Shape.Count * node.Shape.Channels + 2L * node.Shape.Tokens * node.Shape.Count,
        WindowAttention attention => CountMacs(attention, node.Shape),
        _ => 0,
    };

    // The same for the tokens of all windows, with padding, and the network that computes Swin V2's biases.
    private static long CountMacs(WindowAttention attention, Shape shape)
    {
        long tokens = attention.Partition.Count(WindowAttention.GridSide(shape)) * attention.Partition.Tokens, width = shape.Channels;
        long positions = 2 * attention.Partition.Size - 1;
        long biases = attention.Variant != WindowAttentionVariant.SwinV2 ? 0
            : positions * positions * WindowAttention.BiasNetworkWidth * (2 + attention.Heads);
        return 4 * tokens * width * width + 2 * tokens * attention.Partition.Tokens * width + biases;
    }
}
