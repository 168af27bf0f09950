namespace TransferKit.Graphs;

/// <summary>
/// The architecture of a network: named operators in the order in which they run, with one input and one output. A graph holds no
/// weights; a <see cref="Engines.Network"/> is a graph with its weights.
/// </summary>
/// <example>
/// A small network for images of 3 x 32 x 32. Its last layer is called <c>fc</c>, so its state dict has <c>fc.weight</c> and
/// <c>fc.bias</c>.
/// <code>
/// var graph = Graph.Build(g => g.Input(3, 32, 32)
///     .Conv("conv1", 16, kernel: 3, stride: 2).BatchNorm("bn1").Relu()
///     .Conv("conv2", 32, kernel: 3, stride: 2).BatchNorm("bn2").Relu()
///     .GlobalAveragePool().As("features")
///     .Linear("fc", 10).As("logits"));
/// </code>
/// </example>
public sealed class Graph
{
    private readonly Dictionary<string, Node> _byName;

    internal Graph(IReadOnlyList<Node> nodes, Node output, IReadOnlyDictionary<string, Node> aliases)
    {
        (Nodes, Output, Aliases) = (nodes, output, aliases);
        _byName = nodes.ToDictionary(node => node.Name);
    }

    /// <summary>The nodes in topological order: each comes after its inputs.</summary>
    public IReadOnlyList<Node> Nodes { get; }

    /// <summary>The input node, whose shape is that of one image.</summary>
    public Node Input => Nodes[0];

    /// <summary>The node whose value is the output of the network.</summary>
    public Node Output { get; }

    /// <summary>
    /// Additional names of nodes, given by <see cref="Value.As"/>. Classifiers have <c>features</c>, the input of the last linear layer,
    /// and <c>logits</c>, its output.
    /// </summary>
    public IReadOnlyDictionary<string, Node> Aliases { get; }

    /// <summary>
    /// The parameters and buffers of the graph with their keys in the state dict, in order. A layer that is applied several times
    /// is listed once.
    /// </summary>
    public IEnumerable<(string Key, ParameterSpec Parameter)> State =>
        from node in Nodes.DistinctBy(node => node.Layer)
        from parameter in node.Parameters
        select (node.Key(parameter), parameter);

    /// <summary>Builds a graph.</summary>
    /// <param name="body">Adds the input and the layers to the builder and returns the output.</param>
    /// <returns>The graph.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, two nodes have the same name, or a node is not used.</exception>
    public static Graph Build(Func<GraphBuilder, Value> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        var builder = new GraphBuilder();
        return builder.Complete(body(builder).Node);
    }

    /// <summary>Returns a graph with more layers after the output. Aliases are kept unless the new layers define them again.</summary>
    /// <param name="layers">Takes the output of this graph and returns the new output.</param>
    /// <returns>The new graph; this one is not changed.</returns>
    /// <exception cref="ArgumentException">Shapes do not fit, or a name is already in use.</exception>
    public Graph With(Func<Value, Value> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        return GraphBuilder.Extend(this, layers);
    }

    /// <summary>
    /// Finds a node by an alias (<c>features</c>), by its name (<c>layer4.0.conv1</c>) or by the name of a block
    /// (<c>layer4.0</c>, <c>layer4</c>), which stands for the last node of the block.
    /// </summary>
    /// <param name="name">The alias or name.</param>
    /// <returns>The node.</returns>
    /// <exception cref="ArgumentException">There is no such node; the message suggests the nearest name.</exception>
    public Node Find(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Aliases.GetValueOrDefault(name)
            ?? _byName.GetValueOrDefault(name)
            ?? Nodes.LastOrDefault(node => node.Name.StartsWith(name + ".", StringComparison.Ordinal))
            ?? throw new ArgumentException(Suggestion.Unknown("node", name, [.. Aliases.Keys, .. Nodes.SelectMany(Paths).Distinct()],
                "`transferkit summary NAME` lists a network's nodes."));
    }

    // A node can be found by each prefix of its path: layer4, layer4.0 and layer4.0.conv1.
    private static IEnumerable<string> Paths(Node node)
    {
        for (int dot = node.Name.IndexOf('.'); dot >= 0; dot = node.Name.IndexOf('.', dot + 1))
            yield return node.Name[..dot];
        yield return node.Name;
    }
}
