using TransferKit.Graphs;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes attention within windows, and the merging of patches, as ONNX operators.</summary>
internal static class OnnxWindows
{
    /// <summary>Joins each 2 x 2 tokens into one.</summary>
    public static void WriteMerge(OnnxGraph graph, Node node, string x)
    {
        int[] indices = MergePatches.Indices(WindowAttention.GridSide(node.Inputs[0].Shape));
        string selected = Select(graph, node, "quarters", x, node.Inputs[0].Shape.Tokens, indices);
        string shape = graph.Indices(node, "shape", 0, node.Shape.Tokens, node.Shape.Channels);
        graph.SetValue(node, graph.Step(node, "Reshape", "value", selected, shape));
    }

    /// <summary>Writes attention: the windows are a dimension of their own beside the heads.</summary>
    public static void WriteAttention(OnnxGraph graph, Node node, WindowAttention op, string x)
    {
        int side = WindowAttention.GridSide(node.Shape), count = op.Partition.Count(side), tokens = op.Partition.Tokens;
        var windows = Shape.OfTokens(count * tokens, node.Shape.Channels);
        var parameters = node.Parameters.ToDictionary(parameter => parameter.Name);
        string partitioned = Select(graph, node, "windows", x, node.Shape.Tokens, op.Partition.Indices(side));
        string bias = graph.Parameter(node, parameters[$"{op.Projection}.bias"]);
        if (op.Variant == WindowAttentionVariant.SwinV2)
            bias = graph.Step(node, "Mul", "bias.used", bias, KeysWithoutBias(graph, node));
        string projected = OnnxTokens.Project(graph, node, "qkv", partitioned, windows, 3 * node.Shape.Channels,
            graph.Parameter(node, parameters[$"{op.Projection}.weight"]), bias);
        var (query, key, value) = OnnxTokens.Heads(graph, node, projected, [count, tokens], op.Heads);
        string scores = op.Variant == WindowAttentionVariant.SwinV2
            ? graph.Step(node, "Mul", "scores", Product(graph, node, UnitLength(graph, node, "query", query, -1),
                UnitLength(graph, node, "key", key, -2)), LogitScale(graph, node, parameters["logit_scale"]))
            : Product(graph, node, graph.Step(node, "Mul", "query.scaled", query,
                graph.Constant(node, "scale", [], (float)op.Scale(node.Shape.Channels))), key);
        string weights = graph.Step(node, "Softmax", "weights",
            [graph.Step(node, "Add", "scores.biased", scores, PositionBias(graph, node, op, parameters, side))], Int("axis", -1));
        string attended = graph.Step(node, "MatMul", "attended", weights, value);
        string joined = graph.Step(node, "Transpose", "joined", [attended], Ints("perm", 0, 1, 3, 2, 4));
        string rows = OnnxTokens.Project(graph, node, "out", joined, windows, node.Shape.Channels,
            graph.Parameter(node, parameters[$"{op.Result}.weight"]), graph.Parameter(node, parameters[$"{op.Result}.bias"]));
        string values = OnnxTokens.Unflatten(graph, node, rows, windows);
        graph.SetValue(node, Select(graph, node, "value", values, count * tokens, op.Partition.Reverse(side)));
    }

    private static string Product(OnnxGraph graph, Node node, string query, string key) =>
        graph.Step(node, "MatMul", "products", query, key);

    // Windows are a selection of tokens; the number after the last token stands for a token of zeros.
    private static string Select(OnnxGraph graph, Node node, string name, string x, int count, int[] indices)
    {
        if (indices.Contains(count))
            x = graph.Step(node, "Pad", $"{name}.padded", x, graph.Indices(node, $"{name}.pads", 0, 0, 0, 0, 1, 0));
        return graph.Step(node, "Gather", name, [x, graph.Indices(node, $"{name}.indices", indices)], Int("axis", 1));
    }

    // ONNX Runtime computes the table of biases when it loads the model, because it depends on parameters alone.
    private static string PositionBias(
        OnnxGraph graph, Node node, WindowAttention op, Dictionary<string, ParameterSpec> parameters, int side)
    {
        int tokens = op.Partition.Tokens;
        string table = op.Variant == WindowAttentionVariant.SwinV2 ? BiasNetwork(graph, node, parameters)
            : graph.Parameter(node, parameters["relative_position_bias_table"]);
        string pairs = graph.Step(node, "Gather", "bias.pairs",
            [table, graph.Indices(node, "bias.indices", op.Partition.RelativePositions())], Int("axis", 0));
        string square = graph.Step(node, "Reshape", "bias.square", pairs, graph.Indices(node, "bias.shape", tokens, tokens, op.Heads));
        string bias = graph.Step(node, "Transpose", "bias.heads", [square], Ints("perm", 2, 0, 1));
        if (op.Partition.Mask(side) is not { } mask)
            return bias;
        return graph.Step(node, "Add", "bias.masked", bias,
            graph.Constant(node, "mask", [op.Partition.Count(side), 1, tokens, tokens], mask));
    }

    private static string BiasNetwork(OnnxGraph graph, Node node, Dictionary<string, ParameterSpec> parameters)
    {
        string positions = graph.Step(node, "Reshape", "bias.positions", graph.Parameter(node, parameters["relative_coords_table"]),
            graph.Indices(node, "bias.positions.shape", -1, 2));
        string hidden = graph.Step(node, "Relu", "bias.hidden", graph.Step(node, "Gemm", "bias.first",
            [positions, graph.Parameter(node, parameters["cpb_mlp.0.weight"]), graph.Parameter(node, parameters["cpb_mlp.0.bias"])],
            Int("transB", 1)));
        string table = graph.Step(node, "Gemm", "bias.second", [hidden, graph.Parameter(node, parameters["cpb_mlp.2.weight"])],
            Int("transB", 1));
        return graph.Step(node, "Mul", "bias.table", graph.Step(node, "Sigmoid", "bias.sigmoid", table),
            graph.Constant(node, "bias.largest", [], (float)WindowAttention.LargestBias));
    }

    private static string UnitLength(OnnxGraph graph, Node node, string name, string x, int axis)
    {
        string norm = graph.Step(node, "ReduceL2", $"{name}.norm", [x], Ints("axes", axis));
        string positive = graph.Step(node, "Max", $"{name}.positive", norm, graph.Constant(node, $"{name}.epsilon", [], 1e-12f));
        return graph.Step(node, "Div", $"{name}.unit", x, positive);
    }

    private static string LogitScale(OnnxGraph graph, Node node, ParameterSpec scale) => graph.Step(node, "Exp", "logit_scale.exp",
        graph.Step(node, "Min", "logit_scale.limited", graph.Parameter(node, scale),
            graph.Constant(node, "logit_scale.largest", [], (float)WindowAttention.LargestLogitScale)));

    // Swin V2 has biases of queries and values alone.
    private static string KeysWithoutBias(OnnxGraph graph, Node node)
    {
        int width = node.Shape.Channels;
        float[] ones = [.. Enumerable.Range(0, 3 * width).Select(i => i / width == 1 ? 0f : 1f)];
        return graph.Constant(node, "bias.mask", [3 * width], ones);
    }
}
