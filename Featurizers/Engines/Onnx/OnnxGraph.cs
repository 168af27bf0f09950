using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>The nodes and constants of an ONNX model while it is written.</summary>
internal sealed class OnnxGraph
{
    private readonly List<ProtoMessage> _nodes = [], _constants = [];
    private readonly HashSet<string> _keys = [];
    private readonly Dictionary<Node, string> _values;
    private readonly Network _network;
    private readonly OnnxOptions _options;

    public OnnxGraph(Network network, OnnxOptions options)
    {
        (_network, _options) = (network, options);
        _values = new() { [network.Graph.Input] = options.Input };
        if (options.Normalize is { } normalize)
            Normalize(normalize);
    }

    /// <summary>Whether images may have another height and width than the graph's.</summary>
    public bool AnySize => _options.AnySize;

    /// <summary>The name of a node's value.</summary>
    public string Value(Node node) => _values[node];

    /// <summary>Says which value is a node's.</summary>
    public void Set(Node node, string value) => _values[node] = value;

    /// <summary>Adds one of several ONNX operators that make up a node; returns the name of its value.</summary>
    public string Step(Node node, string op, string name, params string[] inputs) => Step(node, op, name, inputs, attributes: []);

    /// <inheritdoc cref="Step(Node, string, string, string[])"/>
    public string Step(Node node, string op, string name, string[] inputs, params ProtoMessage[] attributes)
    {
        _nodes.Add(OnnxProto.Node(op, $"{node.Name}/{name}", inputs, $"{node.Name}/{name}/value", attributes));
        return $"{node.Name}/{name}/value";
    }

    /// <summary>Adds a node as one ONNX operator.</summary>
    public void Emit(Node node, string op, params ProtoMessage[] attributes) => Emit(node, op, [], attributes);

    /// <summary>Adds a node as one ONNX operator. It reads the node's values, its parameters in PyTorch's order, which is ONNX's as well, and further constants.</summary>
    public void Emit(Node node, string op, string[] further, params ProtoMessage[] attributes)
    {
        string[] parameters = [.. node.Parameters.Where(p => !p.IsCounter).Select(node.Key)];
        foreach (string key in parameters.Where(_keys.Add))
        {
            var weight = _network.Weights[key];
            IReadOnlyList<int> dimensions = node.Operator is Linear { Pointwise: true } ? [.. weight.Dimensions.Take(2)] : weight.Dimensions;
            _constants.Add(weight.Type == ElementType.Float32 ? Tensor(key, dimensions, weight.Bytes) : Tensor(key, dimensions, weight.Floats()));
        }
        _values[node] = $"{node.Name}/value";
        _nodes.Add(OnnxProto.Node(op, node.Name, [.. node.Inputs.Select(i => _values[i]), .. parameters, .. further], _values[node], attributes));
    }

    /// <summary>Adds a constant of a node; returns its name.</summary>
    public string Constant(Node node, string name, int[] dimensions, params float[] values)
    {
        _constants.Add(Tensor($"{node.Name}/{name}", dimensions, values));
        return $"{node.Name}/{name}";
    }

    /// <summary>Adds a constant of integers of a node; returns its name.</summary>
    public string Indices(Node node, string name, params int[] indices)
    {
        _constants.Add(Integers($"{node.Name}/{name}", [.. indices.Select(i => (long)i)]));
        return $"{node.Name}/{name}";
    }

    /// <summary>The GraphProto.</summary>
    public ProtoMessage Complete()
    {
        var (input, output) = (_network.Graph.Input.Shape, _network.Graph.Output.Shape);
        string result = _values[_network.Graph.Output];
        if (_options.AnySize)
        {
            _nodes.Add(OnnxProto.Node("Flatten", "result", [result], _options.Output));
            return Graph("TransferKit", _nodes, _constants, OnnxProto.AnySize(_options.Input, "batch", input.Channels, "height", "width"), OnnxProto.AnySize(_options.Output, "batch", "values"));
        }
        if (_options.Count is not { } count)
        {
            _nodes.Add(OnnxProto.Node("Identity", "result", [result], _options.Output));
            return Graph("TransferKit", _nodes, _constants, Batches(_options.Input, input.Dimensions), Batches(_options.Output, output.Dimensions));
        }
        _constants.Add(Integers("result.shape", -1));
        _nodes.Add(OnnxProto.Node("Reshape", "result", [result, "result.shape"], _options.Output));
        return Graph("TransferKit", _nodes, _constants, Values(_options.Input, [count, .. input.Dimensions]), Values(_options.Output, [count * output.Count]));
    }

    private void Normalize(Preprocessing normalize)
    {
        int[] channels = [1, 3, 1, 1];
        _constants.Add(Tensor("normalize.scale", channels, [normalize.Scale(0), normalize.Scale(1), normalize.Scale(2)]));
        _constants.Add(Tensor("normalize.shift", channels, [normalize.Shift(0), normalize.Shift(1), normalize.Shift(2)]));
        _nodes.Add(OnnxProto.Node("Mul", "normalize/mul", [_options.Input, "normalize.scale"], "normalize/scaled"));
        _nodes.Add(OnnxProto.Node("Add", "normalize/add", ["normalize/scaled", "normalize.shift"], "normalize/shifted"));
        _values[_network.Graph.Input] = "normalize/shifted";
    }
}
