using System.Collections.Frozen;
using TransferKit.Engines.Onnx.Proto;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Turns each ONNX operator into one or several operators of a graph, or computes it where its inputs are constant.</summary>
internal static class OnnxOperatorReader
{
    private static readonly FrozenSet<string> Known = FrozenSet.Create(
        "Add", "AveragePool", "BatchNormalization", "Cast", "Ceil", "Clip", "Concat", "Constant", "Conv", "Div", "Dropout", "Elu",
        "Flatten", "Floor", "Gather", "Gemm", "GlobalAveragePool", "GlobalMaxPool", "HardSigmoid", "HardSwish", "Identity", "LeakyRelu",
        "LpNormalization", "MatMul", "MaxPool", "Mul", "Neg", "PRelu", "Pad", "ReduceMean", "Relu", "Reshape", "Resize", "Shape", "Sigmoid",
        "Slice", "Softmax", "Split", "Sqrt", "Squeeze", "Sub", "Sum", "Tanh", "Transpose", "Unsqueeze", "Upsample");

    /// <summary>Checks that an operator is known, with some settings at least.</summary>
    /// <exception cref="OnnxNotSupportedException">It is not.</exception>
    public static void RequireKnown(NodeProto node)
    {
        if (node.Domain is not ("" or "ai.onnx") || !Known.Contains(node.OpType))
            throw new OnnxNotSupportedException(node);
    }

    /// <summary>Reads a node whose inputs have been read.</summary>
    /// <exception cref="OnnxNotSupportedException">There is no operator for it.</exception>
    public static void Read(NodeProto node, OnnxImport import)
    {
        if (OnnxConstants.TryRead(node, import))
            return;
        switch (node.OpType)
        {
            case "Conv":
                OnnxLayers.ReadConv(node, import);
                break;
            case "BatchNormalization":
                OnnxLayers.ReadBatchNorm(node, import);
                break;
            case "Gemm":
                OnnxLayers.ReadGemm(node, import);
                break;
            case "MatMul":
                OnnxLayers.ReadMatMul(node, import);
                break;
            case "MaxPool" or "AveragePool":
                OnnxPooling.ReadWindow(node, import);
                break;
            case "GlobalAveragePool" or "GlobalMaxPool" or "ReduceMean":
                OnnxPooling.ReadGlobal(node, import);
                break;
            case "Pad":
                OnnxPooling.ReadPad(node, import);
                break;
            case "Resize" or "Upsample":
                OnnxPooling.ReadResize(node, import);
                break;
            case "Add" or "Sub" or "Mul" or "Div" or "Sum":
                OnnxArithmetic.Read(node, import);
                break;
            case "Flatten" or "Reshape" or "Squeeze" or "Unsqueeze":
                OnnxShapes.ReadReshape(node, import);
                break;
            case "Transpose":
                OnnxShapes.ReadTranspose(node, import);
                break;
            case "Concat":
                OnnxShapes.ReadConcat(node, import);
                break;
            case "Split" or "Slice" or "Gather":
                OnnxShapes.ReadChannels(node, import);
                break;
            default:
                OnnxActivations.Read(node, import);
                break;
        }
    }
}
