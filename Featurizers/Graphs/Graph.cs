namespace TransferKit.Graphs;

/// <summary>An architecture as a value: named operators in the order they run, with one input and one output.</summary>
public sealed class Graph
{
    private readonly Dictionary<string, Node> _byName;

    internal Graph(IReadOnlyList<Node> nodes, Node output, IReadOnlyDictionary<string, Node> aliases)
    {
        (Nodes, Output, Aliases) = (nodes, output, aliases);
        _byName = nodes.ToDictionary(n => n.Name);
    }

    /// <summary>The nodes, each after the nodes it reads.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The node that takes the images.</summary>
    public Node Input => Nodes[0];

    /// <summary>The node whose value is the result.</summary>
    public Node Output { get; }

    /// <summary>Further names of nodes, such as <c>features</c>, the input of the last classifier layer.</summary>
    public IReadOnlyDictionary<string, Node> Aliases { get; }

    /// <summary>Every parameter and buffer with its key, in order; those of a layer that is applied several times once.</summary>
    public IEnumerable<(string Key, ParameterSpec Parameter)> State =>
        from node in Nodes.DistinctBy(n => n.Layer) from parameter in node.Parameters select (node.Key(parameter), parameter);

    /// <summary>Builds a graph by a function from its builder to its output.</summary>
    /// <exception cref="ArgumentException">Shapes do not fit, or two nodes have one name.</exception>
    public static Graph Build(Func<GraphBuilder, Value> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var builder = new GraphBuilder();
        return builder.Complete(body(builder).Node);
    }

    /// <summary>
    /// Finds a node by an alias (<c>features</c>), its own name (<c>layer4.0.conv1</c>), or the name of a block
    /// (<c>layer4.0</c>, <c>layer4</c>), which stands for the block's last node.
    /// </summary>
    /// <exception cref="ArgumentException">There is no such node; the message suggests the nearest name.</exception>
    public Node Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Aliases.GetValueOrDefault(name) ?? _byName.GetValueOrDefault(name)
            ?? Nodes.LastOrDefault(n => n.Name.StartsWith(name + ".", StringComparison.Ordinal))
            ?? throw new ArgumentException(Suggestion.Unknown("node", name, [.. Aliases.Keys, .. Nodes.SelectMany(Paths).Distinct()],
                "`transferkit summary NAME` lists a network's nodes."));
    }

    // layer4.0.conv1 can be called layer4, layer4.0 and layer4.0.conv1.
    private static IEnumerable<string> Paths(Node node)
    {
        for (int dot = node.Name.IndexOf('.'); dot >= 0; dot = node.Name.IndexOf('.', dot + 1))
            yield return node.Name[..dot];
        yield return node.Name;
    }
}
