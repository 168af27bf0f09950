using TransferKit.Engines.Onnx.Proto;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Reads the attributes of ONNX nodes.</summary>
internal static class OnnxAttributes
{
    /// <summary>Returns an integer attribute, or a default where it is missing.</summary>
    public static int Int(this NodeProto node, string name, int missing) =>
        node.Find(name) is { } attribute ? (int)Math.Clamp(attribute.I, int.MinValue, int.MaxValue) : missing;

    /// <summary>Returns a floating-point attribute, or a default where it is missing.</summary>
    public static float Float(this NodeProto node, string name, float missing) => node.Find(name)?.F ?? missing;

    /// <summary>Returns an attribute of integers, or null where it is missing.</summary>
    public static int[]? Ints(this NodeProto node, string name) =>
        node.Find(name) is { } attribute ? [.. attribute.Ints.Select(value => (int)Math.Clamp(value, int.MinValue, int.MaxValue))] : null;

    /// <summary>Returns an attribute of text, or a default where it is missing.</summary>
    public static string Text(this NodeProto node, string name, string missing) => node.Find(name)?.S.ToStringUtf8() ?? missing;

    /// <summary>Returns an attribute, or null where it is missing.</summary>
    public static AttributeProto? Find(this NodeProto node, string name) =>
        node.Attribute.FirstOrDefault(attribute => attribute.Name == name);

    /// <summary>Returns the graphs in the attributes of a node, such as the branches of an If.</summary>
    public static IEnumerable<GraphProto> Graphs(this NodeProto node) =>
        node.Attribute.SelectMany(attribute => attribute.Graphs.Concat(attribute.G is { } graph ? [graph] : []));

    /// <summary>Describes a node in messages.</summary>
    public static string Describe(this NodeProto node)
    {
        string domain = node.Domain is "" or "ai.onnx" ? "" : $"{node.Domain}.";
        string name = node.Name == "" ? $"the node that computes '{node.Output.FirstOrDefault()}'" : $"node '{node.Name}'";
        return $"operator {domain}{node.OpType} ({name})";
    }
}
