namespace TransferKit.Graphs;

/// <summary>
/// Collects the nodes of a graph while <see cref="Graph.Build"/> runs. <see cref="Input"/> starts the graph; the methods of
/// <see cref="Value"/> add layers to it.
/// </summary>
public sealed class GraphBuilder
{
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, Node> _aliases = [];
    private readonly Stack<string> _scopes = new([""]);

    internal GraphBuilder()
    {
    }

    /// <summary>Adds the input: images of one size.</summary>
    /// <param name="channels">The number of channels, 3 for RGB.</param>
    /// <param name="height">The height in pixels.</param>
    /// <param name="width">The width in pixels.</param>
    /// <returns>The input, channels x height x width.</returns>
    /// <exception cref="ArgumentException">A dimension is below 1.</exception>
    /// <exception cref="InvalidOperationException">The graph already has an input.</exception>
    public Value Input(int channels, int height, int width)
    {
        if (channels < 1 || height < 1 || width < 1)
            throw new ArgumentException($"An input of {channels} x {height} x {width} is invalid: each dimension must be at least 1.");
        if (_nodes.Count > 0)
            throw new InvalidOperationException($"The graph already has an input, '{_nodes[0].Name}'.");
        return Append("input", new Input(new Shape(channels, height, width)));
    }

    /// <summary>
    /// Opens a scope: the names of nodes added before it is disposed start with its name and a dot, like the paths of PyTorch's modules.
    /// </summary>
    /// <param name="name">The name, such as <c>layer1.0</c>.</param>
    /// <returns>The scope, to be disposed at the end of the block.</returns>
    public IDisposable Scope(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _scopes.Push($"{_scopes.Peek()}{name}.");
        return new NameScope(_scopes);
    }

    /// <summary>Returns a graph with more layers after the output.</summary>
    internal static Graph Extend(Graph graph, Func<Value, Value> layers)
    {
        var builder = new GraphBuilder();
        builder._nodes.AddRange(graph.Nodes);
        builder._names.UnionWith(graph.Nodes.Select(node => node.Name));
        var output = layers(new Value(builder, graph.Output));
        // The new layers may define an alias again; theirs replaces the old one.
        foreach (var (name, node) in graph.Aliases.Where(alias => !builder._names.Contains(alias.Key)))
            builder.Alias(name, node);
        return builder.Complete(output.Node);
    }

    /// <summary>Adds a node; without a name, it is named after its operator.</summary>
    internal Value Append(string? name, Operator op, params Node[] inputs)
    {
        string fullName = name is null ? UnusedName(_scopes.Peek() + op.Kind) : _scopes.Peek() + name;
        if (inputs.FirstOrDefault(input => !_nodes.Contains(input)) is { } foreign)
            throw new ArgumentException($"Node '{fullName}' reads '{foreign.Name}', which belongs to another graph.");
        ReserveName(fullName);
        var node = new Node(fullName, op, inputs);
        _nodes.Add(node);
        return new Value(this, node);
    }

    /// <summary>Gives a node an additional name.</summary>
    internal void Alias(string name, Node node)
    {
        ReserveName(name);
        _aliases.Add(name, node);
    }

    /// <summary>Returns the graph; every node must be read, be the output, or have an alias.</summary>
    internal Graph Complete(Node output)
    {
        var used = _nodes.SelectMany(node => node.Inputs).Concat(_aliases.Values).Append(output).ToHashSet();
        if (_nodes.FirstOrDefault(node => !used.Contains(node)) is { } unused)
        {
            throw new ArgumentException(
                $"Node '{unused.Name}' is not used: no other node reads it, and it is neither the output nor named by As.");
        }
        return new Graph(_nodes, output, _aliases);
    }

    private void ReserveName(string name)
    {
        if (!_names.Add(name))
        {
            throw new ArgumentException(
                $"The name '{name}' is already used by another node or alias: choose a name that is unique in the graph.");
        }
    }

    // Numbers repeated names as torch.fx does: relu, relu_1, relu_2.
    private string UnusedName(string kind)
    {
        string name = kind;
        for (int i = 1; _names.Contains(name); i++)
            name = $"{kind}_{i}";
        return name;
    }

    private sealed class NameScope(Stack<string> scopes) : IDisposable
    {
        private Stack<string>? _scopes = scopes;

        public void Dispose()
        {
            _scopes?.Pop();
            _scopes = null;
        }
    }
}
