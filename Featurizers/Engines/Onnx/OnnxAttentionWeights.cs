using TransferKit.Graphs;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes the weights of attention as ONNX operators.</summary>
internal static class OnnxAttentionWeights
{
    /// <summary>Adds a node to the ONNX graph.</summary>
    public static void Write(OnnxGraph graph, Node node, AttentionWeights op)
    {
        var (input, heads) = (node.Inputs[0].Shape, op.Attention.Heads);
        string weight = graph.Parameter(node, node.Parameters[0]), bias = graph.Parameter(node, node.Parameters[1]);
        string matrix = graph.Step(node, "Transpose", "qkv.weight", [weight], Ints("perm", 1, 0));
        string product = graph.Step(node, "MatMul", "qkv.product", graph.Value(node.Inputs[0]), matrix);
        string projected = graph.Step(node, "Add", "qkv.sum", product, bias);
        string shape = graph.Indices(node, "split", 0, input.Tokens, 3, heads, input.Channels / heads);
        string split = graph.Step(node, "Reshape", "heads", projected, shape);
        // Queries: batch x heads x tokens x width of a head; keys with tokens last.
        string queries = Part("query", 0, 2, 0, 3, 1, 4), keys = Part("key", 1, 2, 0, 3, 4, 1);
        string scale = graph.Constant(node, "scale", [], (float)(1 / Math.Sqrt((double)input.Channels / heads)));
        string scores = graph.Step(node, "MatMul", "scores", graph.Step(node, "Mul", "query.scaled", queries, scale), keys);
        string weights = graph.Step(node, "Softmax", "weights", [scores], Int("axis", -1));
        graph.SetValue(node, graph.Step(node, "ReduceMean", "value", [weights], Ints("axes", 1), Int("keepdims", 1)));

        string Part(string name, int index, params long[] axes)
        {
            string ordered = graph.Step(node, "Transpose", $"{name}.ordered", [split], Ints("perm", axes));
            return graph.Step(node, "Gather", name, [ordered, graph.Scalar(node, $"{name}.index", index)], Int("axis", 0));
        }
    }
}
