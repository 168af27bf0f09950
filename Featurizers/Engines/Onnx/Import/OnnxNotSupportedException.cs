using TransferKit.Engines.Onnx.Proto;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Thrown where an ONNX model cannot be described by the operators of a graph.</summary>
internal sealed class OnnxNotSupportedException(string reason) : Exception(reason)
{
    /// <summary>Creates the exception for a node.</summary>
    public OnnxNotSupportedException(NodeProto node, string? reason = null)
        : this(reason is null ? node.Describe() : $"{node.Describe()}: {reason}")
    {
    }
}
