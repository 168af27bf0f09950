using TransferKit.Engines.Onnx.Import;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Engines.Quantization;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Collects the nodes and initializers of an ONNX model while a network is exported.</summary>
internal sealed class OnnxGraph
{
    private readonly List<NodeProto> _nodes = [];
    private readonly List<TensorProto> _initializers = [];
    private readonly List<ValueInfoProto> _valueInfos = [];
    private readonly HashSet<string> _writtenKeys = [];
    private readonly Dictionary<Node, string> _values;
    private readonly Network _network;
    private readonly OnnxOptions _options;

    public OnnxGraph(Network network, OnnxOptions options)
    {
        (_network, _options) = (network, options);
        _values = new() { [network.Graph.Input] = options.InputName };
        if (options.Normalization is { } preprocessing)
            _values[network.Graph.Input] = OnnxNormalization.Write(preprocessing, options.InputName, _nodes, _initializers);
    }

    /// <summary>Whether images may have another height and width than the graph's input.</summary>
    public bool DynamicSize => _options.DynamicSize;

    /// <summary>The model that is part of the exported one, whose operator sets are taken; null if there is none.</summary>
    public ModelProto? InlinedModel { get; private set; }

    /// <summary>Adds a node that is a whole ONNX model.</summary>
    public void Inline(Node node, OnnxModel op)
    {
        string prefix = OnnxInlining.Prefix(node);
        InlinedModel ??= ModelProto.Parser.ParseFrom(_network.Weights[$"{node.Layer}.model"].Bytes.Span);
        var part = OnnxInlining.Part(InlinedModel, op.Output, prefix);
        var input = OnnxInput.Of(part.Input.Single(), node.Name);
        if (_valueInfos.Count == 0)
        {
            // The images in the order of axes and in the type of the model.
            _valueInfos.Add(part.Input.Single());
            var axes = Ints("perm", [.. input.Axes.Select(axis => (long)axis)]);
            string order = Step(node, "Transpose", "images", [Value(node.Inputs[0])], axes);
            _nodes.Add(OnnxProto.Node("Cast", $"{node.Name}/cast", [order], input.Name, Int("to", input.ElementType)));
        }
        // Two values of one model share nodes.
        var written = _nodes.SelectMany(other => other.Output).ToHashSet();
        _nodes.AddRange(part.Node.Where(other => !other.Output.Any(written.Contains)));
        var stored = _initializers.Select(tensor => tensor.Name).ToHashSet();
        _initializers.AddRange(part.Initializer.Where(tensor => !stored.Contains(tensor.Name)));
        SetValue(node, Step(node, "Cast", "value", [prefix + op.Output], Int("to", (int)TensorProto.Types.DataType.Float)));
    }

    /// <summary>Returns the name of a node's value.</summary>
    public string Value(Node node) => _values[node];

    /// <summary>Sets the name of a node's value.</summary>
    public void SetValue(Node node, string value) => _values[node] = value;

    /// <summary>Adds one of several ONNX operators that make up a node; returns the name of its value.</summary>
    public string Step(Node node, string op, string name, params string[] inputs) => Step(node, op, name, inputs, attributes: []);

    /// <inheritdoc cref="Step(Node, string, string, string[])"/>
    public string Step(Node node, string op, string name, string[] inputs, params AttributeProto[] attributes)
    {
        _nodes.Add(OnnxProto.Node(op, $"{node.Name}/{name}", inputs, $"{node.Name}/{name}/value", attributes));
        return $"{node.Name}/{name}/value";
    }

    /// <summary>Adds a node as one ONNX operator.</summary>
    public void Emit(Node node, string op, params AttributeProto[] attributes) => Emit(node, op, [], attributes);

    /// <summary>
    /// Adds a node as one ONNX operator. Its inputs are those of the node, its parameters in PyTorch's order, which is also ONNX's, and
    /// the constants.
    /// </summary>
    public void Emit(Node node, string op, string[] constants, params AttributeProto[] attributes)
    {
        var inputs = node.Inputs.Select(input => _values[input]).Concat(LayerParameters(node)).Concat(constants);
        _values[node] = $"{node.Name}/value";
        _nodes.Add(OnnxProto.Node(op, node.Name, inputs.ToArray(), _values[node], attributes));
    }

    /// <summary>Adds the parameters of a node in PyTorch's order; returns the names of their values.</summary>
    public string[] LayerParameters(Node node)
    {
        string[] keys = [.. node.Parameters.Where(parameter => !parameter.IsInteger).Select(node.Key)];
        if (Int8.IsQuantized(node))
            return OnnxQuantization.WriteParameters(this, node, [.. keys.Select(key => _network.Weights[key])]);
        foreach (string key in keys.Where(_writtenKeys.Add))
            WriteParameter(key, isMatrix: node.Operator is Linear);
        return keys;
    }

    /// <summary>Adds a parameter with a value for each channel in the shape that is broadcast over batch and positions.</summary>
    public string ChannelParameter(Node node, string parameter)
    {
        string key = $"{node.Layer}.{parameter}";
        int[] dimensions = node.Shape.IsVector ? [node.Shape.Channels] : [node.Shape.Channels, 1, 1];
        if (_writtenKeys.Add(key))
            _initializers.Add(Tensor(key, dimensions, _network.Weights[key].Floats()));
        return key;
    }

    /// <summary>Adds an initializer; returns its name.</summary>
    public string Add(TensorProto initializer)
    {
        _initializers.Add(initializer);
        return initializer.Name;
    }

    /// <summary>Adds a constant of a node; returns its name.</summary>
    public string Constant(Node node, string name, int[] dimensions, params float[] values)
    {
        _initializers.Add(Tensor($"{node.Name}/{name}", dimensions, values));
        return $"{node.Name}/{name}";
    }

    /// <summary>Adds a parameter with the shape that checkpoints have; returns its name, which is its key.</summary>
    public string Parameter(Node node, ParameterSpec parameter)
    {
        string key = node.Key(parameter);
        if (_writtenKeys.Add(key))
            WriteParameter(key, isMatrix: false);
        return key;
    }

    /// <summary>Adds a constant integer of a node; returns its name.</summary>
    public string Scalar(Node node, string name, int value)
    {
        var scalar = Integers($"{node.Name}/{name}", value);
        scalar.Dims.Clear();
        _initializers.Add(scalar);
        return scalar.Name;
    }

    /// <summary>Adds a constant vector of integers of a node; returns its name.</summary>
    public string Indices(Node node, string name, params int[] indices)
    {
        _initializers.Add(Integers($"{node.Name}/{name}", [.. indices.Select(index => (long)index)]));
        return $"{node.Name}/{name}";
    }

    /// <summary>Adds the output and returns the graph.</summary>
    public GraphProto Complete()
    {
        string result = _values[_network.Graph.Output];
        var (input, output) = (_network.Graph.Input.Shape, _network.Graph.Output.Shape);
        IEnumerable<TensorShapeProto.Types.Dimension> inputDimensions, outputDimensions;
        if (_options.DynamicSize)
        {
            _nodes.Add(OnnxProto.Node("Flatten", "result", [result], _options.OutputName));
            inputDimensions = [Dimension("batch"), Dimension(input.Channels), Dimension("height"), Dimension("width")];
            outputDimensions = [Dimension("batch"), Dimension("values")];
        }
        else if ((_options.BatchSize ?? _network.Graph.BatchSize()) is { } count)
        {
            _initializers.Add(Integers("result.shape", -1));
            _nodes.Add(OnnxProto.Node("Reshape", "result", [result, "result.shape"], _options.OutputName));
            inputDimensions = [Dimension(count), .. input.Dimensions.Select(Dimension)];
            outputDimensions = [Dimension(count * output.Count)];
        }
        else
        {
            _nodes.Add(OnnxProto.Node("Identity", "result", [result], _options.OutputName));
            inputDimensions = [Dimension("batch"), .. input.Dimensions.Select(Dimension)];
            outputDimensions = [Dimension("batch"), .. output.Dimensions.Select(Dimension)];
        }
        return new GraphProto
        {
            Name = "TransferKit",
            Node = { _nodes },
            Initializer = { _initializers },
            Input = { ValueInfo(_options.InputName, inputDimensions) },
            Output = { ValueInfo(_options.OutputName, outputDimensions), _options.Values.Select(ValueInfoOf) },
            ValueInfo = { _valueInfos },
        };
    }

    private ValueInfoProto ValueInfoOf(Node node) =>
        ValueInfo(_values[node], [Dimension("batch"), .. node.Shape.Dimensions.Select(Dimension)]);

    private void WriteParameter(string key, bool isMatrix)
    {
        var weight = _network.Weights[key];
        // Weights stored as convolutions have two more dimensions of size 1, which Gemm does not take.
        IReadOnlyList<int> dimensions = isMatrix ? [.. weight.Dimensions.Take(2)] : weight.Dimensions;
        _initializers.Add(weight.Type == ElementType.Float32
            ? Tensor(key, dimensions, weight.Bytes)
            : Tensor(key, dimensions, weight.Floats()));
    }
}
