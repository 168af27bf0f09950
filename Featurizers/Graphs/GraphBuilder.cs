namespace TransferKit.Graphs;

/// <summary>Collects the nodes of a graph while a family's function describes it.</summary>
public sealed class GraphBuilder
{
    private readonly List<Node> _nodes = [];
    private readonly HashSet<string> _names = [];
    private readonly Dictionary<string, Node> _aliases = [];
    private readonly Stack<string> _scopes = new([""]);

    internal GraphBuilder()
    {
    }

    /// <summary>A graph with further nodes after its output. Its aliases stay, unless the new nodes take them.</summary>
    internal static Graph Extend(Graph graph, Func<Value, Value> then)
    {
        var builder = new GraphBuilder();
        builder._nodes.AddRange(graph.Nodes);
        builder._names.UnionWith(graph.Nodes.Select(n => n.Name));
        var output = then(new Value(builder, graph.Output));
        foreach (var (name, node) in graph.Aliases.Where(a => !builder._names.Contains(a.Key)))
            builder.Alias(name, node);
        return builder.Complete(output.Node);
    }

    /// <summary>The graph's input: images of this many channels, height and width.</summary>
    /// <exception cref="InvalidOperationException">The graph has an input already.</exception>
    public Value Input(int channels, int height, int width) =>
        channels < 1 || height < 1 || width < 1 ? throw new ArgumentException($"Images of {channels} x {height} x {width} are impossible.")
            : _nodes.Count == 0
            ? Append("input", new Input(new Shape(channels, height, width)))
            : throw new InvalidOperationException($"The graph has an input already, '{_nodes[0].Name}'.");

    /// <summary>Puts a prefix and a dot before the names of the nodes added until it is disposed.</summary>
    public IDisposable Scope(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _scopes.Push($"{_scopes.Peek()}{name}.");
        return new Leave(_scopes);
    }

    internal Value Append(string? name, Operator op, params Node[] inputs)
    {
        string full = name is null ? Unused(_scopes.Peek() + op.Kind) : _scopes.Peek() + name;
        if (inputs.FirstOrDefault(i => !_nodes.Contains(i)) is { } alien)
            throw new ArgumentException($"Node '{full}' reads '{alien.Name}', which belongs to another graph.");
        Claim(full);
        _nodes.Add(new Node(full, op, inputs));
        return new Value(this, _nodes[^1]);
    }

    internal void Alias(string name, Node node)
    {
        Claim(name);
        _aliases.Add(name, node);
    }

    internal Graph Complete(Node output)
    {
        var read = _nodes.SelectMany(n => n.Inputs).ToHashSet();
        if (_nodes.FirstOrDefault(n => n != output && !read.Contains(n) && !_aliases.ContainsValue(n)) is { } unused)
            throw new ArgumentException($"Nothing reads '{unused.Name}', and it is neither the output nor named.");
        return new Graph(_nodes, output, _aliases);
    }

    private void Claim(string name)
    {
        if (!_names.Add(name))
            throw new ArgumentException($"Two nodes are called '{name}'; each node of a graph needs a name of its own.");
    }

    // relu, relu_1, relu_2: the way torch.fx and torchvision's feature extraction count.
    private string Unused(string kind)
    {
        string name = kind;
        for (int i = 1; _names.Contains(name); i++)
            name = $"{kind}_{i}";
        return name;
    }

    private sealed class Leave(Stack<string> scopes) : IDisposable
    {
        private Stack<string>? _scopes = scopes;

        public void Dispose()
        {
            _scopes?.Pop();
            _scopes = null;
        }
    }
}
