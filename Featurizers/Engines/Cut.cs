using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Taking a graph apart at a named node: <c>Until(n)</c> followed by <c>From(n)</c> is the whole.</summary>
public static class Cut
{
    /// <summary>The part that computes a named node, with that node as the output.</summary>
    /// <exception cref="ArgumentException">There is no such node.</exception>
    public static Graph Until(this Graph graph, string node)
    {
        ArgumentNullException.ThrowIfNull(graph);
        return graph.Until(graph.Find(node));
    }

    /// <summary>The part that computes the output, without what only auxiliary values need.</summary>
    internal static Graph UntilOutput(this Graph graph) => graph.Until(graph.Output);

    private static Graph Until(this Graph graph, Node output)
    {
        var needed = new HashSet<Node> { output };
        foreach (var n in graph.Nodes.Reverse().Where(needed.Contains))
            needed.UnionWith(n.Inputs);
        return new Graph([.. graph.Nodes.Where(needed.Contains)], output,
            graph.Aliases.Where(a => needed.Contains(a.Value)).ToDictionary());
    }

    /// <summary>The part after a named node, as a graph of its own whose input is that node's value.</summary>
    /// <exception cref="ArgumentException">There is no such node, it is the output, or a value passes by it (inside a residual block).</exception>
    public static Graph From(this Graph graph, string node)
    {
        ArgumentNullException.ThrowIfNull(graph);
        var border = graph.Find(node);
        if (border == graph.Output)
            throw new ArgumentException($"Nothing comes after '{node}', the graph's output.");
        var tail = new HashSet<Node> { border };
        foreach (var n in graph.Nodes.Where(n => n.Inputs.Any(tail.Contains)))
        {
            if (n.Inputs.FirstOrDefault(i => !tail.Contains(i)) is { } passing)
                throw new ArgumentException($"The graph cannot be cut at '{node}': '{n.Name}' also needs '{passing.Name}'. Cut at the end of a block.");
            tail.Add(n);
        }
        if (!tail.Contains(graph.Output))
            throw new ArgumentException($"The graph cannot be cut at '{node}': its output does not come from there.");
        return graph.Rewrite((n, inputs) => n == border ? new Node("input", new Input(border.Shape), []) : tail.Contains(n) ? n.With(inputs) : null);
    }
}
