using TransferKit.Engines.Onnx.Proto;
using static TransferKit.Engines.Onnx.Proto.TensorProto.Types;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>
/// Checks an ONNX model before anything else uses it, in time and memory proportional to its size: ONNX Runtime is native code and would
/// believe what a broken file says.
/// </summary>
internal static class OnnxChecker
{
    private const int OldestOpset = 7, NewestOpset = 21;

    /// <summary>Checks that the model is complete and consistent.</summary>
    /// <exception cref="InvalidDataException">It is not; the message says what is wrong.</exception>
    public static void Check(OnnxFile file)
    {
        if (file.Model.Graph is not { } graph || graph.Node.Count == 0 || graph.Output.Count == 0)
            throw new InvalidDataException($"'{file.Name}' is not an ONNX model: it has no graph with nodes and outputs.");
        if (file.Opset is < OldestOpset or > NewestOpset)
        {
            throw new InvalidDataException($"'{file.Name}' has the operator set {file.Opset}: " +
                $"it must be from {OldestOpset} to {NewestOpset}. Export the model again with another one.");
        }
        CheckGraph(file, graph, new HashSet<string>());
    }

    private static void CheckGraph(OnnxFile file, GraphProto graph, IReadOnlySet<string> outer)
    {
        var known = new HashSet<string>(outer);
        var initializers = new HashSet<string>();
        foreach (var tensor in graph.Initializer)
        {
            if (!initializers.Add(tensor.Name))
                throw Invalid(file, $"the initializer '{tensor.Name}' is there twice");
            CheckTensor(file, tensor);
        }
        known.UnionWith(initializers);
        foreach (var input in graph.Input)
            known.Add(input.Name);
        foreach (var node in graph.Node)
            CheckNode(file, node, known);
        if (graph.Output.FirstOrDefault(output => !known.Contains(output.Name)) is { } missing)
            throw Invalid(file, $"no node computes the output '{missing.Name}'");
    }

    private static void CheckNode(OnnxFile file, NodeProto node, HashSet<string> known)
    {
        if (node.Input.FirstOrDefault(input => input != "" && !known.Contains(input)) is { } missing)
        {
            throw Invalid(file, $"the node '{node.Name}' ({node.OpType}) reads '{missing}', which no node before it computes; " +
                "nodes must be in topological order, without cycles");
        }
        foreach (var tensor in node.Attribute.SelectMany(a => a.Tensors.Concat(a.T is { } single ? [single] : [])))
            CheckTensor(file, tensor);
        foreach (var graph in node.Graphs())
            CheckGraph(file, graph, known);
        if (node.Output.FirstOrDefault(output => output != "" && !known.Add(output)) is { } repeated)
            throw Invalid(file, $"the value '{repeated}' is computed twice, the second time by '{node.Name}' ({node.OpType})");
    }

    private static void CheckTensor(OnnxFile file, TensorProto tensor)
    {
        long count = 1;
        foreach (long size in tensor.Dims)
        {
            if (size < 0 || (size > 0 && count > int.MaxValue / size))
                throw Invalid(file, $"the tensor '{tensor.Name}' has the shape {string.Join("x", tensor.Dims)}, which is not possible");
            count *= size;
        }
        int bytesPerElement = OnnxTensor.BytesPerElement((DataType)tensor.DataType);
        var location = file.ExternalLocation(tensor);
        // Types that nothing here reads, such as strings, are left to ONNX Runtime.
        if (bytesPerElement == 0)
            return;
        long stored = location?.Length / bytesPerElement
            ?? (tensor.HasRawData ? tensor.RawData.Length / bytesPerElement : TypedCount(tensor));
        if (stored != count)
        {
            throw Invalid(file, $"the tensor '{tensor.Name}' has the shape {string.Join("x", tensor.Dims)}, " +
                $"which takes {count} values, but {stored} are stored");
        }
    }

    private static long TypedCount(TensorProto tensor) => (DataType)tensor.DataType switch
    {
        DataType.Float => tensor.FloatData.Count,
        DataType.Double => tensor.DoubleData.Count,
        DataType.Int64 => tensor.Int64Data.Count,
        DataType.Uint32 or DataType.Uint64 => tensor.Uint64Data.Count,
        _ => tensor.Int32Data.Count,
    };

    private static InvalidDataException Invalid(OnnxFile file, string reason) =>
        new($"'{file.Name}' is not a valid ONNX model: {reason}.");
}
