using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Builds a graph from another, node by node.</summary>
internal static class Rewriting
{
    /// <summary>Rebuilds a graph with some of its nodes replaced or removed.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="replace">
    /// Takes a node and its rewritten inputs, and returns the node's replacement, or null to remove it. The replacement may read new nodes.
    /// </param>
    public static Graph Rewrite(this Graph graph, Func<Node, IReadOnlyList<Node>, Node?> replace)
    {
        var replacements = new Dictionary<Node, Node>();
        foreach (var node in graph.Nodes)
        {
            Node[] inputs = [.. node.Inputs.Where(replacements.ContainsKey).Select(input => replacements[input])];
            if (replace(node, inputs) is { } replacement)
                replacements.Add(node, replacement);
        }
        var nodes = replacements.Values.SelectMany(node => node.Inputs.Append(node)).Distinct();
        var aliases = graph.Aliases
            .Where(alias => replacements.ContainsKey(alias.Value))
            .ToDictionary(alias => alias.Key, alias => replacements[alias.Value]);
        return new Graph([.. nodes], replacements[graph.Output], aliases);
    }

    /// <summary>Returns the node with other inputs, and possibly another operator; itself where nothing changes.</summary>
    public static Node With(this Node node, IReadOnlyList<Node> inputs, Operator? op = null) =>
        op is null && inputs.SequenceEqual(node.Inputs) ? node : new Node(node.Name, op ?? node.Operator, inputs);
}
