using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Making a graph from another, node by node.</summary>
internal static class Rewriting
{
    /// <summary>
    /// Rebuilds a graph. <paramref name="replace"/> is given each node with its new inputs and returns what stands for it, which may read
    /// new nodes of its own, or null where nothing does.
    /// </summary>
    public static Graph Rewrite(this Graph graph, Func<Node, IReadOnlyList<Node>, Node?> replace)
    {
        var map = new Dictionary<Node, Node>();
        foreach (var node in graph.Nodes)
            if (replace(node, [.. node.Inputs.Where(map.ContainsKey).Select(i => map[i])]) is { } replacement)
                map.Add(node, replacement);
        return new Graph([.. map.Values.SelectMany(n => n.Inputs.Append(n)).Distinct()], map[graph.Output],
            graph.Aliases.Where(a => map.ContainsKey(a.Value)).ToDictionary(a => a.Key, a => map[a.Value]));
    }

    /// <summary>The graph with further nodes after its output; what the function returns is the new one.</summary>
    public static Graph With(this Graph graph, Func<Value, Value> then) => GraphBuilder.Extend(graph, then);

    /// <summary>The node with other inputs; itself where they are the same.</summary>
    public static Node With(this Node node, IReadOnlyList<Node> inputs, Operator? op = null) =>
        op is null && inputs.SequenceEqual(node.Inputs) ? node : new Node(node.Name, op ?? node.Operator, inputs);
}
