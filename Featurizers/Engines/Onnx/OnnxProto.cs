using System.Runtime.InteropServices;

namespace TransferKit.Engines.Onnx;

/// <summary>Builds the messages of the ONNX specification (onnx/onnx.proto, IR version 8) that an exported network consists of.</summary>
internal static class OnnxProto
{
    private const int IrVersion = 8;
    private const int Float = 1, Int64 = 7;

    /// <summary>Returns a ModelProto with one operator set, a description (doc_string) and metadata (metadata_props).</summary>
    public static ProtoMessage Model(
        ProtoMessage graph, int opset, string description, IEnumerable<(string Key, string Value)> metadata) =>
        new ProtoMessage()
            .Add(1, IrVersion)
            .Add(2, "TransferKit")
            .Add(6, description)
            .Add(7, graph)
            .Add(8, new ProtoMessage().Add(1, "").Add(2, opset))
            .AddAll(14, metadata.Select(entry => new ProtoMessage().Add(1, entry.Key).Add(2, entry.Value)));

    /// <summary>Returns a GraphProto with one input and one output.</summary>
    public static ProtoMessage Graph(
        string name, IEnumerable<ProtoMessage> nodes, IEnumerable<ProtoMessage> initializers, ProtoMessage input, ProtoMessage output) =>
        new ProtoMessage().AddAll(1, nodes).Add(2, name).AddAll(5, initializers).Add(11, input).Add(12, output);

    /// <summary>Returns a NodeProto with one output.</summary>
    public static ProtoMessage Node(
        string op, string name, IEnumerable<string> inputs, string output, params IEnumerable<ProtoMessage> attributes)
    {
        var node = new ProtoMessage();
        foreach (string input in inputs)
            node.Add(1, input);
        return node.Add(2, output).Add(3, name).Add(4, op).AddAll(5, attributes);
    }

    /// <summary>Returns an AttributeProto of integers.</summary>
    public static ProtoMessage Ints(string name, params long[] values)
    {
        var attribute = new ProtoMessage().Add(1, name);
        foreach (long value in values)
            attribute.Add(8, value);
        return attribute.Add(20, 7);
    }

    /// <summary>Returns an AttributeProto of one integer.</summary>
    public static ProtoMessage Int(string name, long value) => new ProtoMessage().Add(1, name).Add(3, value).Add(20, 2);

    /// <summary>Returns an AttributeProto of one floating-point number.</summary>
    public static ProtoMessage Number(string name, double value) => new ProtoMessage().Add(1, name).Add(2, (float)value).Add(20, 1);

    /// <summary>Returns an AttributeProto of a string.</summary>
    public static ProtoMessage Text(string name, string value) => new ProtoMessage().Add(1, name).Add(4, value).Add(20, 3);

    /// <summary>Returns a single-precision TensorProto that refers to the bytes without copying them.</summary>
    public static ProtoMessage Tensor(string name, IEnumerable<int> dimensions, ReadOnlyMemory<byte> bytes) =>
        Tensor(name, dimensions, Float).Add(9, bytes);

    /// <summary>Returns a single-precision TensorProto.</summary>
    public static ProtoMessage Tensor(string name, IEnumerable<int> dimensions, ReadOnlySpan<float> values) =>
        Tensor(name, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Returns a TensorProto of a vector of integers.</summary>
    public static ProtoMessage Integers(string name, params long[] values) =>
        Tensor(name, [values.Length], Int64).Add(9, MemoryMarshal.AsBytes<long>(values).ToArray());

    /// <summary>Returns a ValueInfoProto of single-precision values with dimensions from <c>Dimension</c>.</summary>
    public static ProtoMessage ValueInfo(string name, params IEnumerable<ProtoMessage> dimensions)
    {
        var tensor = new ProtoMessage().Add(1, Float).Add(2, new ProtoMessage().AddAll(1, dimensions));
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }

    /// <summary>Returns a dimension of a fixed size.</summary>
    public static ProtoMessage Dimension(long size) => new ProtoMessage().Add(1, size);

    /// <summary>Returns a dimension of any size.</summary>
    public static ProtoMessage Dimension(string name) => new ProtoMessage().Add(2, name);

    private static ProtoMessage Tensor(string name, IEnumerable<int> dimensions, int type)
    {
        var tensor = new ProtoMessage();
        foreach (int dimension in dimensions)
            tensor.Add(1, dimension);
        return tensor.Add(2, type).Add(8, name);
    }
}
