using TransferKit.Graphs;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes activation functions and other functions of single elements as ONNX operators.</summary>
internal static class OnnxElementwise
{
    /// <summary>Adds a node to the ONNX graph.</summary>
    /// <exception cref="NotSupportedException">It is no such function.</exception>
    public static void Write(Node node, OnnxGraph graph)
    {
        string x = graph.Value(node.Inputs[0]);
        switch (node.Operator)
        {
            case Relu or Tanh or Sigmoid or HardSwish:
                graph.Emit(node, node.Operator.GetType().Name);
                break;
            case Relu6:
                WriteClip(graph, node, 0, 6);
                break;
            case Clip clip:
                WriteClip(graph, node, clip.Min, clip.Max);
                break;
            case HardSigmoid function:
                graph.Emit(node, "HardSigmoid", Number("alpha", function.Alpha), Number("beta", function.Beta));
                break;
            case LeakyRelu function:
                graph.Emit(node, "LeakyRelu", Number("alpha", function.Slope));
                break;
            case Elu function:
                graph.Emit(node, "Elu", Number("alpha", function.Alpha));
                break;
            case PRelu:
                graph.SetValue(node, graph.Step(node, "PRelu", "value", x, graph.ChannelParameter(node, "weight")));
                break;
            case Times times:
                graph.SetValue(node, Scaled(graph, node, "Mul", times.Factor));
                break;
            case Silu:
                graph.Emit(node, "Mul", [graph.Step(node, "Sigmoid", "sigmoid", x)]);
                break;
            case QuickGelu:
                graph.Emit(node, "Mul", [graph.Step(node, "Sigmoid", "sigmoid", Scaled(graph, node, "Mul", 1.702))]);
                break;
            case Gelu:
                WriteGelu(graph, node, x);
                break;
            default:
                throw new NotSupportedException(
                    $"The ONNX export does not support the operator {node.Operator.Kind} of node '{node.Name}'.");
        }
    }

    private static void WriteClip(OnnxGraph graph, Node node, double min, double max) =>
        graph.Emit(node, "Clip", [graph.Constant(node, "min", [], (float)min), graph.Constant(node, "max", [], (float)max)]);

    // The order of operations that ONNX Runtime fuses.
    private static void WriteGelu(OnnxGraph graph, Node node, string x)
    {
        string erf = graph.Step(node, "Erf", "erf", Scaled(graph, node, "Div", Math.Sqrt(2)));
        string shifted = graph.Step(node, "Add", "shifted", erf, graph.Constant(node, "one", [], 1));
        string gated = graph.Step(node, "Mul", "gated", x, shifted);
        graph.SetValue(node, graph.Step(node, "Mul", "value", gated, graph.Constant(node, "half", [], 0.5f)));
    }

    private static string Scaled(OnnxGraph graph, Node node, string op, double factor) =>
        graph.Step(node, op, "scaled", graph.Value(node.Inputs[0]), graph.Constant(node, "factor", [], (float)factor));
}
