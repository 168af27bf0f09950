using System.Runtime.InteropServices;
using Google.Protobuf;
using TransferKit.Engines.Onnx.Proto;
using static TransferKit.Engines.Onnx.Proto.AttributeProto.Types;
using static TransferKit.Engines.Onnx.Proto.TensorProto.Types;

namespace TransferKit.Engines.Onnx;

/// <summary>Builds the messages of the ONNX specification (onnx.proto) that an exported network consists of.</summary>
internal static class OnnxProto
{
    /// <summary>The version of the operators that exported models use.</summary>
    public const int Opset = 17;

    private const int IrVersion = 8;

    /// <summary>Returns a model with one operator set, a description (doc_string) and metadata (metadata_props).</summary>
    /// <remarks>If another model is part of it, the operator sets and functions are those of that one.</remarks>
    public static ModelProto Model(GraphProto graph, string description, IEnumerable<(string Key, string Value)> metadata,
        ModelProto? inlined) => new()
        {
            IrVersion = Math.Max(IrVersion, inlined?.IrVersion ?? 0),
            ProducerName = "TransferKit",
            DocString = description,
            Graph = graph,
            OpsetImport = { inlined?.OpsetImport.AsEnumerable() ?? [new OperatorSetIdProto { Domain = "", Version = Opset }] },
            Functions = { inlined?.Functions.AsEnumerable() ?? [] },
            MetadataProps = { metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }) },
        };

    /// <summary>Returns a node with one output.</summary>
    public static NodeProto Node(
        string op, string name, IEnumerable<string> inputs, string output, params IEnumerable<AttributeProto> attributes) =>
        new() { OpType = op, Name = name, Input = { inputs }, Output = { output }, Attribute = { attributes } };

    /// <summary>Returns an attribute of integers.</summary>
    public static AttributeProto Ints(string name, params long[] values) =>
        new() { Name = name, Ints = { values }, Type = AttributeType.Ints };

    /// <summary>Returns an attribute of one integer.</summary>
    public static AttributeProto Int(string name, long value) => new() { Name = name, I = value, Type = AttributeType.Int };

    /// <summary>Returns an attribute of one floating-point number.</summary>
    public static AttributeProto Number(string name, double value) =>
        new() { Name = name, F = (float)value, Type = AttributeType.Float };

    /// <summary>Returns an attribute of a string.</summary>
    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeType.String };

    /// <summary>Returns a single-precision tensor that refers to the bytes without copying them.</summary>
    public static TensorProto Tensor(string name, IEnumerable<int> dimensions, ReadOnlyMemory<byte> bytes) =>
        Tensor(name, DataType.Float, dimensions, bytes);

    /// <summary>Returns a tensor of any type that refers to the bytes without copying them.</summary>
    public static TensorProto Tensor(string name, DataType type, IEnumerable<int> dimensions, ReadOnlyMemory<byte> bytes) => new()
    {
        Name = name,
        Dims = { dimensions.Select(dimension => (long)dimension) },
        DataType = (int)type,
        RawData = UnsafeByteOperations.UnsafeWrap(bytes),
    };

    /// <summary>Returns a single-precision tensor.</summary>
    public static TensorProto Tensor(string name, IEnumerable<int> dimensions, ReadOnlySpan<float> values) =>
        Tensor(name, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Returns a vector of integers.</summary>
    public static TensorProto Integers(string name, params long[] values) =>
        Tensor(name, DataType.Int64, [values.Length], MemoryMarshal.AsBytes<long>(values).ToArray());

    /// <summary>Returns the description of single-precision values with dimensions from <c>Dimension</c>.</summary>
    public static ValueInfoProto ValueInfo(string name, params IEnumerable<TensorShapeProto.Types.Dimension> dimensions) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TypeProto.Types.Tensor
            {
                ElemType = (int)DataType.Float,
                Shape = new TensorShapeProto { Dim = { dimensions } },
            },
        },
    };

    /// <summary>Returns a dimension of a fixed size.</summary>
    public static TensorShapeProto.Types.Dimension Dimension(long size) => new() { DimValue = size };

    /// <summary>Returns a dimension of any size.</summary>
    public static TensorShapeProto.Types.Dimension Dimension(string name) => new() { DimParam = name };
}
