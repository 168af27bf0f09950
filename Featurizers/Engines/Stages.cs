using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>
/// Finds the nodes at which a network can be cut, and its stages: consecutive layers whose feature maps have the same height and width, or
/// the blocks of a transformer.
/// </summary>
public static class Stages
{
    /// <summary>
    /// Returns the nodes through which every path from the input to the output goes, in order. <see cref="Cut.From(Graph, string)"/>
    /// accepts any of them but the output.
    /// </summary>
    /// <param name="graph">The graph; auxiliary classifiers are ignored.</param>
    public static IReadOnlyList<Node> CutPoints(this Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var nodes = graph.UntilOutput().Nodes;
        var lastReader = new Dictionary<Node, int>();
        for (int i = 0; i < nodes.Count; i++)
            foreach (var input in nodes[i].Inputs)
                lastReader[input] = i;
        var points = new List<Node>();
        int lastReaderSoFar = 0;
        for (int i = 0; i < nodes.Count; i++)
        {
            // No earlier value is read after this node.
            if (lastReaderSoFar <= i)
                points.Add(nodes[i]);
            lastReaderSoFar = Math.Max(lastReaderSoFar, lastReader.GetValueOrDefault(nodes[i]));
        }
        return points;
    }

    /// <summary>
    /// Returns the last node of each stage, from the input on: <c>layer1</c> to <c>layer4</c> of a ResNet, for example, after the input and
    /// the stem. The vectors at the end of the network do not form a stage.
    /// </summary>
    /// <remarks>
    /// <para>
    /// A stage is where feature maps have one height and width, or where there is one number of tokens. It ends at the last of its cut
    /// points that does not split a block; if all of them split one, at the last of those that split the fewest nested blocks.
    /// </para>
    /// <para>
    /// A vision transformer has the same tokens from its first block to its last, so there each block, attention with the perceptron after
    /// it, is a stage. The first stage has everything before the blocks: patches, learned tokens and positions. The last one also has the
    /// normalization after the blocks.
    /// </para>
    /// </remarks>
    /// <param name="graph">The graph; auxiliary classifiers are ignored.</param>
    public static IReadOnlyList<Node> StageEnds(this Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var nodes = graph.UntilOutput().Nodes;
        var next = nodes.Zip(nodes.Skip(1)).ToDictionary(pair => pair.First, pair => pair.Second);
        Node[] points = [.. graph.CutPoints().Where(node => !node.Shape.IsVector && next.ContainsKey(node))];
        if (HasEqualBlocks(nodes))
            return BlockEnds(nodes, points);
        var ends = new List<Node>();
        foreach (var stage in points.GroupBy(node => (node.Shape.Height, node.Shape.Width, node.Shape.Tokens)))
        {
            // The input is a stage of its own only if no later feature map has its size.
            var candidates = stage.Count() > 1 ? stage.Where(node => node != nodes[0]) : stage;
            // MinBy returns the first of equals, so the last in the order of the graph comes first here.
            ends.Add(candidates.Reverse().MinBy(node => CommonBlocks(node.Name, next[node].Name))!);
        }
        return ends;
    }

    /// <summary>Returns the node after which the last stages begin. The classifier belongs to the last stage.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="count">The number of stages after the node, at least 1.</param>
    /// <exception cref="ArgumentException">The network does not have that many stages.</exception>
    internal static Node BeforeLastStages(this Graph graph, int count)
    {
        var ends = graph.StageEnds();
        if (count >= 1 && count < ends.Count)
            return ends[^(count + 1)];
        throw new ArgumentException(ends.Count > 1
            ? $"The number of stages {count} is invalid: it must be from 1 to {ends.Count - 1} for this network."
            : $"The number of stages {count} is invalid: this network has no stages after its input.");
    }

    private static bool HasEqualBlocks(IReadOnlyList<Node> nodes) =>
        nodes.Where(node => node.Operator is Attention).Select(node => node.Shape).Distinct().Count() == 1;

    // A block begins after the last cut point before its attention.
    private static List<Node> BlockEnds(IReadOnlyList<Node> nodes, Node[] points)
    {
        var ends = new List<Node>();
        Node? lastPoint = null;
        foreach (var node in nodes)
        {
            if (node.Operator is Attention && lastPoint is not null && !ends.Contains(lastPoint))
                ends.Add(lastPoint);
            lastPoint = points.Contains(node) ? node : lastPoint;
        }
        return [.. ends, points[^1]];
    }

    // The number of blocks that contain both nodes: features.14.conv.0.2 and features.14.conv.1.0 are in three.
    private static int CommonBlocks(string first, string second)
    {
        var firstBlocks = first.Split('.').SkipLast(1);
        var secondBlocks = second.Split('.').SkipLast(1);
        return firstBlocks.Zip(secondBlocks).TakeWhile(pair => pair.First == pair.Second).Count();
    }
}
