using TransferKit.Graphs;

namespace TransferKit.Display;

/// <summary>Says in a few words what a node or a block of a drawn graph is.</summary>
internal static class OperatorText
{
    /// <summary>Returns the operator with the settings that a paper's figure has: <c>conv 7x7, stride 2</c>.</summary>
    public static string Of(Node node)
    {
        string kind = node.Operator.Kind;
        return node.Operator switch
        {
            Conv conv => $"{kind} {Window(conv.Kernel)}{Stride(conv.Stride)}{Groups(conv, node.Inputs[0].Shape.Channels)}",
            MaxPool pool => $"{kind} {Window(pool.Kernel)}{Stride(pool.Stride)}",
            AveragePool pool => $"{kind} {Window(pool.Kernel)}{Stride(pool.Stride)}",
            _ => kind,
        };
    }

    /// <summary>Returns what a block is and how many layers with weights it has: <c>residual block, 3 conv</c>.</summary>
    /// <param name="inside">Its parts.</param>
    /// <param name="nodes">All of its nodes.</param>
    public static string OfBlock(GraphColumn inside, IReadOnlyList<Node> nodes)
    {
        var layers = nodes.Where(node => node.Operator is Conv or Linear).GroupBy(node => node.Operator.Kind);
        string[] counts = [.. layers.Select(layer => $"{layer.Count()} {layer.Key}")];
        return string.Join(", ", [Pattern(inside), .. counts.Length > 0 ? counts : [$"{nodes.Count} nodes"]]);
    }

    // What the branches of a block become is said by the box in which they meet.
    private static string Pattern(GraphColumn inside)
    {
        var meetings = inside.Parts.Zip(inside.Parts.Skip(1)).Where(pair => pair.First is GraphBranches);
        var nodes = meetings.Select(pair => pair.Second).OfType<GraphBox>().Where(box => box.Inside is null);
        string[] kinds = [.. nodes.Select(node => node.Kind)];
        return kinds.Contains("add") ? "residual block"
            : kinds.Contains("rescale") ? "squeeze-and-excitation"
            : kinds.Contains("concat") ? "branches"
            : "block";
    }

    private static string Window(Size2D size) => $"{size.Height}x{size.Width}";

    private static string Stride(Size2D stride) => stride == 1 ? "" : $", stride {stride}";

    private static string Groups(Conv conv, int inputs) =>
        conv.Groups == 1 ? "" : conv.Groups == inputs ? ", depthwise" : $", {conv.Groups} groups";
}
