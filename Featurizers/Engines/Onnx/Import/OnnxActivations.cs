using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Reads activation functions and other ONNX operators whose output has the shape of their input.</summary>
internal static class OnnxActivations
{
    /// <summary>Reads a node.</summary>
    public static void Read(NodeProto node, OnnxImport import)
    {
        var input = import.Input(node, 0);
        switch (node.OpType)
        {
            case "Identity":
            case "Cast" when IsFloatingPoint(node.Int("to", 0)):
                import.Set(node, input);
                break;
            case "Dropout":
                float ratio = import.FindConstant(node, 1)?.Number() ?? node.Float("ratio", 0.5f);
                import.Emit(node, new Dropout(Math.Clamp(ratio, 0, 1)), input.Axes, input.Value);
                break;
            case "Softmax" when input.AxisOf(node.Int("axis", import.Opset < 13 ? 1 : -1)) == 1:
                import.Emit(node, new Softmax(), input.Axes, input.Value);
                break;
            case "LpNormalization" when input.AxisOf(node.Int("axis", -1)) == 1 && node.Int("p", 2) == 2:
                import.Emit(node, new UnitLength(), input.Axes, input.Value);
                break;
            case "PRelu":
                var slopes = OnnxArithmetic.PerChannel(node, import.Constant(node, 1), input);
                var activated = import.Append(node, new PRelu(), input.Value);
                import.SetWeight(activated, "weight", () => slopes, input.Value.Channels);
                import.Set(node, new OnnxValue(activated, input.Axes));
                break;
            default:
                ReadActivation(node, import, input);
                break;
        }
    }

    private static void ReadActivation(NodeProto node, OnnxImport import, OnnxValue input)
    {
        Activation activation = node.OpType switch
        {
            "Relu" => new Relu(),
            "Tanh" => new Tanh(),
            "Sigmoid" => new Sigmoid(),
            "HardSwish" => new HardSwish(),
            "LeakyRelu" => new LeakyRelu(node.Float("alpha", 0.01f)),
            "Elu" => new Elu(node.Float("alpha", 1)),
            "HardSigmoid" => HardSigmoid(node.Float("alpha", 0.2f), node.Float("beta", 0.5f)),
            "Clip" => Clip(node, import),
            _ => throw new OnnxNotSupportedException(node),
        };
        // x * sigmoid(x) is one activation function: it is left to the multiplication.
        bool isGate = activation is Sigmoid || activation == new HardSigmoid();
        if (isGate && import.OnlyReader(node) is { OpType: "Mul" } product && product.Input.Contains(node.Input[0]))
            import.Set(node, new OnnxValue(input.Value, input.Axes) { PendingGate = activation });
        else
            import.Emit(node, activation, input.Axes, input.Value);
    }

    // Files have single precision, in which 1/6 is another number.
    private static HardSigmoid HardSigmoid(float alpha, float beta) =>
        alpha == 1 / 6f && beta == 0.5f ? new HardSigmoid() : new HardSigmoid { Alpha = alpha, Beta = beta };

    private static Activation Clip(NodeProto node, OnnxImport import)
    {
        float min = import.FindConstant(node, 1)?.Number() ?? node.Float("min", float.MinValue);
        float max = import.FindConstant(node, 2)?.Number() ?? node.Float("max", float.MaxValue);
        return (min, max) switch
        {
            (0, 6) => new Relu6(),
            (0, float.MaxValue) => new Relu(),
            _ => new Clip(min, max),
        };
    }

    /// <summary>Returns whether a Cast to a type keeps floating-point numbers as they are.</summary>
    public static bool IsFloatingPoint(int type) => (TensorProto.Types.DataType)type is
        TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Float16 or TensorProto.Types.DataType.Double;
}
