using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Where a network can be cut, and its stages: stretches between two cuts whose maps have one size.</summary>
public static class Stages
{
    /// <summary>The nodes that every way from the input to the output goes through, in order; <see cref="Cut.From(Graph, string)"/> takes any of them.</summary>
    public static IReadOnlyList<Node> CutPoints(this Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var nodes = graph.UntilOutput().Nodes;
        var lastReader = new Dictionary<Node, int>();
        for (int i = 0; i < nodes.Count; i++)
            foreach (var input in nodes[i].Inputs)
                lastReader[input] = i;
        var points = new List<Node>();
        int furthest = 0;
        for (int i = 0; i < nodes.Count; i++)
        {
            // Nothing before this node is read after it.
            if (furthest <= i)
                points.Add(nodes[i]);
            furthest = Math.Max(furthest, lastReader.GetValueOrDefault(nodes[i]));
        }
        return points;
    }

    /// <summary>
    /// The ends of the stages, from the images on, without that of the vectors at the end: of the cut points of each map size the last
    /// where the outermost blocks meet, so that none is taken apart.
    /// </summary>
    public static IReadOnlyList<Node> StageEnds(this Graph graph)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var nodes = graph.UntilOutput().Nodes;
        var next = nodes.Zip(nodes.Skip(1)).ToDictionary(pair => pair.First, pair => pair.Second);
        return [.. graph.CutPoints().Where(n => !n.Shape.IsVector && next.ContainsKey(n)).GroupBy(n => (n.Shape.Height, n.Shape.Width))
            .Select(size => (size.Count() > 1 ? size.Where(n => n != nodes[0]) : size).Reverse().MinBy(n => SharedBlocks(n.Name, next[n].Name))!)];
    }

    /// <summary>The node after which the last stages begin; what turns their maps into the result belongs to the last.</summary>
    /// <exception cref="ArgumentException">There are not as many stages.</exception>
    public static Node BeforeLastStages(this Graph graph, int count)
    {
        var ends = graph.StageEnds();
        return count >= 1 && count < ends.Count ? ends[^(count + 1)]
            : throw new ArgumentException($"{count} stages are impossible: this network has 1 to {ends.Count - 1} after its input.");
    }

    // How many blocks two nodes lie in together: features.14.conv.0.2 and features.14.conv.1.0 in three.
    private static int SharedBlocks(string one, string other) =>
        one.Split('.').SkipLast(1).Zip(other.Split('.').SkipLast(1)).TakeWhile(pair => pair.First == pair.Second).Count();
}
