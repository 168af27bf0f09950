using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Cuts a graph at a named node: <c>Until(n)</c> followed by <c>From(n)</c> computes what the whole graph does.</summary>
public static class Cut
{
    /// <summary>Returns the part of a graph that computes a node, with this node as the output.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="node">A node, a block or an alias such as <c>features</c>; see <see cref="Graph.Find"/>.</param>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public static Graph Until(this Graph graph, string node)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Until(graph.Find(node));
    }

    /// <summary>Returns the graph without the nodes that the output does not need, such as auxiliary classifiers.</summary>
    internal static Graph UntilOutput(this Graph graph) => graph.Until(graph.Output);

    /// <summary>Returns the part of a graph after a node, as a graph whose input is the value of this node.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="node">
    /// One of the <see cref="Stages.CutPoints"/> of the graph: the end of a block, for example, but no node inside a residual block.
    /// </param>
    /// <exception cref="ArgumentException">There is no such node, it is the output, or other values reach the part after it.</exception>
    public static Graph From(this Graph graph, string node)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var start = graph.Find(node);
        if (start == graph.Output)
            throw new ArgumentException($"Nothing comes after '{node}', the graph's output.");
        var tail = new HashSet<Node> { start };
        foreach (var reader in graph.Nodes.Where(n => n.Inputs.Any(tail.Contains)))
        {
            if (reader.Inputs.FirstOrDefault(input => !tail.Contains(input)) is { } bypass)
            {
                throw new ArgumentException(
                    $"The graph cannot be cut at '{node}': '{reader.Name}' also needs '{bypass.Name}'. Cut at the end of a block.");
            }
            tail.Add(reader);
        }
        if (!tail.Contains(graph.Output))
            throw new ArgumentException($"The graph cannot be cut at '{node}': the output does not depend on it.");
        return graph.Rewrite((old, inputs) =>
        {
            if (old == start)
                return new Node("input", new Input(start.Shape), []);
            return tail.Contains(old) ? old.With(inputs) : null;
        });
    }

    private static Graph Until(this Graph graph, Node output)
    {
        var needed = new HashSet<Node> { output };
        foreach (var node in graph.Nodes.Reverse().Where(needed.Contains))
            needed.UnionWith(node.Inputs);
        var aliases = graph.Aliases.Where(alias => needed.Contains(alias.Value)).ToDictionary();
        return new Graph([.. graph.Nodes.Where(needed.Contains)], output, aliases);
    }
}
