using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>
/// Turns an ONNX model into nodes of a graph. Constants are computed on the way, such as the shapes that PyTorch computes for a flatten,
/// for a batch of one image: the graph's operators treat the images of a batch alike.
/// </summary>
internal sealed class OnnxImport
{
    private readonly OnnxFile _file;
    private readonly Dictionary<string, OnnxValue> _values = [];
    private readonly Dictionary<string, List<NodeProto>> _readers = [];
    private readonly HashSet<string> _names = ["input", "features", "logits", "probabilities"];
    private readonly Dictionary<string, Func<TensorData>> _weights = [];
    private readonly (string Layer, int Width)? _classifier;
    private readonly GraphBuilder _builder;

    /// <summary>Adds the operators of a model to the images.</summary>
    /// <param name="file">The model.</param>
    /// <param name="images">The images, channels x height x width.</param>
    /// <param name="classifier">A linear layer that gets another number of outputs; null for none.</param>
    /// <exception cref="OnnxNotSupportedException">The graph has no operator for one of the model's.</exception>
    /// <exception cref="ArgumentException">Images of this size do not fit the model.</exception>
    public OnnxImport(OnnxFile file, Value images, (string Layer, int Width)? classifier = null)
    {
        (_file, _builder, _classifier) = (file, images.Graph, classifier);
        var input = OnnxInput.Of(file);
        _values[input.Name] = new OnnxValue(images, input.Axes);
        string output = BeforeSoftmax(file.Model.Graph.Output[0].Name);
        var nodes = NeededFor(output);
        // An unknown operator says more about the model than settings of a known one.
        nodes.ForEach(OnnxOperatorReader.RequireKnown);
        foreach (var node in nodes)
            foreach (string name in node.Input)
                Readers(name).Add(node);
        foreach (var node in nodes)
            OnnxOperatorReader.Read(node, this);
        Output = _values[output].Value;
    }

    /// <summary>The value of the model's first output, before a softmax: the logits of a classifier.</summary>
    public Value Output { get; }

    /// <summary>The version of ONNX's own operators.</summary>
    public long Opset => _file.Opset;

    /// <summary>Converts the weights of the model to those of the graph.</summary>
    public StateDict Weights()
    {
        var state = new StateDict();
        foreach (var (key, read) in _weights)
            state[key] = read();
        return state;
    }

    /// <summary>Returns an input of a node, or null where it is left out.</summary>
    public OnnxValue? Find(NodeProto node, int index)
    {
        if (index >= node.Input.Count || node.Input[index] == "")
            return null;
        return Input(node.Input[index]);
    }

    /// <summary>Returns a value that has been read.</summary>
    public OnnxValue Input(string name)
    {
        if (!_values.TryGetValue(name, out var value))
            _values[name] = value = new OnnxValue(Tensor(_file.Initializers[name]));
        return value;
    }

    /// <summary>Returns a constant by its name; null if there is none, or none that has been read.</summary>
    public OnnxTensor? ConstantOf(string name) =>
        _values.ContainsKey(name) || _file.Initializers.ContainsKey(name) ? Input(name).Constant : null;

    /// <summary>Returns the elements of a stored tensor.</summary>
    public OnnxTensor Tensor(TensorProto tensor) => _file.Tensor(tensor);

    /// <summary>Returns an input of a node.</summary>
    public OnnxValue Input(NodeProto node, int index) =>
        Find(node, index) ?? throw new OnnxNotSupportedException(node, $"its input {index} is missing");

    /// <summary>Returns an input that is the value of a node in the graph's order of axes.</summary>
    public Value ChannelsFirst(NodeProto node, int index)
    {
        var input = Input(node, index);
        if (input.Value.Shape.IsVector || input.IsChannelsFirst)
            return input.Value;
        throw new OnnxNotSupportedException(node, "its input has another order of axes than batch, channels, height, width");
    }

    /// <summary>Returns an input that is a constant, or null where it is left out.</summary>
    public OnnxTensor? FindConstant(NodeProto node, int index)
    {
        if (Find(node, index) is not { } input)
            return null;
        return input.Constant ?? throw new OnnxNotSupportedException(node, $"its input '{node.Input[index]}' is not constant");
    }

    /// <summary>Returns an input that is a constant.</summary>
    public OnnxTensor Constant(NodeProto node, int index) =>
        FindConstant(node, index) ?? throw new OnnxNotSupportedException(node, $"its input {index} is missing");

    /// <summary>Returns the only node that reads the first value of a node, or null if there are several or it is an output.</summary>
    public NodeProto? OnlyReader(NodeProto node) =>
        Readers(node.Output[0]) is [var reader] && _file.Model.Graph.Output.All(output => output.Name != node.Output[0]) ? reader : null;

    /// <summary>Sets the value of a node's output.</summary>
    public void Set(NodeProto node, OnnxValue value, int output = 0) => _values[node.Output[output]] = value;

    /// <summary>Adds an operator that computes the first output of a node, with its axes in the order of the first input.</summary>
    public void Emit(NodeProto node, Operator op, int[] axes, params Value[] inputs) =>
        Set(node, new OnnxValue(Append(node, op, inputs), axes));

    /// <summary>Adds an operator to the graph, named after a node.</summary>
    public Value Append(NodeProto node, Operator op, params Value[] inputs) =>
        _builder.Append(UnusedName(node, op), op, [.. inputs.Select(input => input.Node)]);

    /// <summary>Adds a linear layer, which has another number of outputs if it is the classifier that is replaced.</summary>
    public Value Linear(NodeProto node, Value input, int width)
    {
        string name = UnusedName(node, new Linear(width, WeightInit.Uniform, false));
        int outputs = name == _classifier?.Layer ? _classifier.Value.Width : width;
        return _builder.Append(name, new Linear(outputs, WeightInit.Uniform, StoredAsConvolution: false), input.Node);
    }

    /// <summary>Sets a parameter of a node of the graph.</summary>
    /// <param name="value">The value of the node.</param>
    /// <param name="parameter">The name of the parameter.</param>
    /// <param name="read">Returns the elements; called only if the weights are needed.</param>
    /// <param name="dimensions">The shape.</param>
    public void SetWeight(Value value, string parameter, Func<float[]> read, params int[] dimensions) =>
        _weights[$"{value.Node.Name}.{parameter}"] = () => TensorData.From(read(), dimensions);

    /// <summary>Sets the counter of a batch normalization, which ONNX does not have.</summary>
    public void SetCounter(Value value) =>
        _weights[$"{value.Node.Name}.num_batches_tracked"] = () => new TensorData(ElementType.Int64, [], new byte[sizeof(long)]);

    /// <summary>Returns whether a value is needed.</summary>
    public bool IsRead(string value) => Readers(value).Count > 0 || _file.Model.Graph.Output.Any(output => output.Name == value);

    private string BeforeSoftmax(string output)
    {
        foreach (var node in _file.Model.Graph.Node.Reverse())
            if (node.OpType is "Softmax" or "LogSoftmax" or "Identity" && node.Output[0] == output)
                output = node.Input[0];
        return output;
    }

    private List<NodeProto> Readers(string value)
    {
        if (!_readers.TryGetValue(value, out var readers))
            _readers[value] = readers = [];
        return readers;
    }

    private List<NodeProto> NeededFor(string output)
    {
        var needed = new HashSet<string> { output };
        var nodes = new List<NodeProto>();
        foreach (var node in _file.Model.Graph.Node.Reverse().Where(node => node.Output.Any(needed.Contains)))
        {
            needed.UnionWith(node.Input);
            nodes.Add(node);
        }
        nodes.Reverse();
        return nodes;
    }

    // The node's own name. The part after an @ would be read as the number of a use of a layer.
    private string UnusedName(NodeProto node, Operator op)
    {
        string name = node.Name.Replace('@', '_');
        if (name != "" && _names.Add(name))
            return name;
        for (int i = 0; ; i++)
            if (_names.Add($"{op.Kind}_{i}"))
                return $"{op.Kind}_{i}";
    }
}
