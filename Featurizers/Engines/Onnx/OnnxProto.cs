using System.Runtime.InteropServices;

namespace TransferKit.Engines.Onnx;

/// <summary>The messages of the ONNX specification (onnx/onnx.proto, IR version 8) that an exported network is made of.</summary>
internal static class OnnxProto
{
    private const int Float = 1, Int64 = 7;

    /// <summary>A ModelProto with one operator set and what it says of itself (metadata_props).</summary>
    public static ProtoMessage Model(ProtoMessage graph, int opset, IEnumerable<(string Key, string Value)> said) => new ProtoMessage()
        .Add(1, 8)
        .Add(2, "TransferKit")
        .Add(7, graph)
        .Add(8, new ProtoMessage().Add(1, "").Add(2, opset))
        .AddAll(14, said.Select(s => new ProtoMessage().Add(1, s.Key).Add(2, s.Value)));

    /// <summary>A GraphProto.</summary>
    public static ProtoMessage Graph(string name, IEnumerable<ProtoMessage> nodes, IEnumerable<ProtoMessage> initializers, ProtoMessage input, ProtoMessage output) =>
        new ProtoMessage().AddAll(1, nodes).Add(2, name).AddAll(5, initializers).Add(11, input).Add(12, output);

    /// <summary>A NodeProto.</summary>
    public static ProtoMessage Node(string op, string name, IEnumerable<string> inputs, string output, params IEnumerable<ProtoMessage> attributes)
    {
        var node = new ProtoMessage();
        foreach (string input in inputs)
            node.Add(1, input);
        return node.Add(2, output).Add(3, name).Add(4, op).AddAll(5, attributes);
    }

    /// <summary>An AttributeProto of integers.</summary>
    public static ProtoMessage Ints(string name, params long[] values)
    {
        var attribute = new ProtoMessage().Add(1, name);
        foreach (long value in values)
            attribute.Add(8, value);
        return attribute.Add(20, 7);
    }

    /// <summary>An AttributeProto of one integer.</summary>
    public static ProtoMessage Int(string name, long value) => new ProtoMessage().Add(1, name).Add(3, value).Add(20, 2);

    /// <summary>An AttributeProto of one number.</summary>
    public static ProtoMessage Number(string name, double value) => new ProtoMessage().Add(1, name).Add(2, (float)value).Add(20, 1);

    /// <summary>An AttributeProto of a text.</summary>
    public static ProtoMessage Word(string name, string value) => new ProtoMessage().Add(1, name).Add(4, value).Add(20, 3);

    /// <summary>A TensorProto of single precision, its bytes referred to.</summary>
    public static ProtoMessage Tensor(string name, IEnumerable<int> dimensions, ReadOnlyMemory<byte> bytes) =>
        Tensor(name, dimensions, Float).Add(9, bytes);

    /// <summary>A TensorProto of single precision.</summary>
    public static ProtoMessage Tensor(string name, IEnumerable<int> dimensions, ReadOnlySpan<float> values) =>
        Tensor(name, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A TensorProto of one axis of integers.</summary>
    public static ProtoMessage Integers(string name, params long[] values) =>
        Tensor(name, [values.Length], Int64).Add(9, MemoryMarshal.AsBytes<long>(values).ToArray());

    /// <summary>A ValueInfoProto: batches of single-precision values, as many as one likes.</summary>
    public static ProtoMessage Batches(string name, IEnumerable<long> dimensions) =>
        Value(name, dimensions.Select(d => new ProtoMessage().Add(1, d)).Prepend(new ProtoMessage().Add(2, "batch")));

    /// <summary>A ValueInfoProto: single-precision values whose dimensions are numbers, or names where any size will do.</summary>
    public static ProtoMessage AnySize(string name, params object[] dimensions) =>
        Value(name, dimensions.Select(d => d is int size ? new ProtoMessage().Add(1, size) : new ProtoMessage().Add(2, (string)d)));

    /// <summary>A ValueInfoProto: single-precision values of one shape.</summary>
    public static ProtoMessage Values(string name, IEnumerable<long> dimensions) =>
        Value(name, dimensions.Select(d => new ProtoMessage().Add(1, d)));

    private static ProtoMessage Value(string name, IEnumerable<ProtoMessage> dimensions)
    {
        var tensor = new ProtoMessage().Add(1, Float).Add(2, new ProtoMessage().AddAll(1, dimensions));
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }

    private static ProtoMessage Tensor(string name, IEnumerable<int> dimensions, int type)
    {
        var tensor = new ProtoMessage();
        foreach (int dimension in dimensions)
            tensor.Add(1, dimension);
        return tensor.Add(2, type).Add(8, name);
    }
}
