using TransferKit.Engines.Quantization;
using TransferKit.Graphs;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes the operators of transformers as ONNX operators.</summary>
internal static class OnnxTokens
{
    // Single-precision numbers in a megabyte, about a core's second-level cache.
    private const long LargestGemm = 1 << 18;

    /// <summary>Adds a node to the ONNX graph.</summary>
    /// <exception cref="NotSupportedException">It is none of these operators.</exception>
    public static void Write(Node node, OnnxGraph graph)
    {
        string x = graph.Value(node.Inputs[0]);
        switch (node.Operator)
        {
            case ToTokens:
                string pixels = graph.Indices(node, "shape", 0, node.Shape.Channels, node.Shape.Tokens);
                string flat = graph.Step(node, "Reshape", "flat", x, pixels);
                graph.SetValue(node, graph.Step(node, "Transpose", "value", [flat], Ints("perm", 0, 2, 1)));
                break;
            case ToMap map:
                string first = graph.Step(node, "Transpose", "first", [x], Ints("perm", 0, 2, 1));
                string size = graph.Indices(node, "shape", 0, node.Shape.Channels, map.Height, map.Width);
                graph.SetValue(node, graph.Step(node, "Reshape", "value", first, size));
                break;
            case LearnedTokens tokens:
                WriteLearnedTokens(graph, node, tokens, x);
                break;
            case PositionEmbedding:
                graph.SetValue(node, graph.Step(node, "Add", "value", x, Positions(graph, node)));
                break;
            case LayerNorm norm:
                WriteLayerNorm(graph, node, norm, x);
                break;
            case Attention attention:
                WriteAttention(graph, node, attention, x);
                break;
            case AttentionWeights weights:
                string ofHeads = Weights(graph, node, weights.Attention, x).Weights;
                graph.SetValue(node, graph.Step(node, "ReduceMean", "value", [ofHeads], Ints("axes", 1), Int("keepdims", 1)));
                break;
            case LayerScale:
                int[] shape = node.Shape.IsMap ? [node.Shape.Channels, 1, 1] : [node.Shape.Channels];
                graph.SetValue(node, graph.Step(node, "Mul", "value", x, Reshaped(graph, node, shape)));
                break;
            case UnusedParameter:
                graph.SetValue(node, graph.Step(node, "Identity", "value", x));
                break;
            case TakeToken token:
                string index = graph.Scalar(node, "index", token.Index);
                graph.SetValue(node, graph.Step(node, "Gather", "value", [x, index], Int("axis", 1)));
                break;
            case SwiGlu:
                WriteSwiGlu(graph, node, x);
                break;
            case Projection:
                graph.SetValue(node, graph.Step(node, "MatMul", "value", x, graph.Parameter(node, node.Parameters[0])));
                break;
            case MergePatches:
                OnnxWindows.WriteMerge(graph, node, x);
                break;
            case WindowAttention attention:
                OnnxWindows.WriteAttention(graph, node, attention, x);
                break;
            case MeanOfTokens mean:
                string counted = graph.Step(node, "Slice", "counted", x, graph.Indices(node, "starts", mean.First),
                    graph.Indices(node, "ends", int.MaxValue), graph.Indices(node, "axes", 1));
                graph.SetValue(node, graph.Step(node, "ReduceMean", "value", [counted], Ints("axes", 1), Int("keepdims", 0)));
                break;
            default:
                throw new NotSupportedException(
                    $"The ONNX export does not support the operator {node.Operator.Kind} of node '{node.Name}'.");
        }
    }

    /// <summary>Writes a linear layer of tokens.</summary>
    public static void WriteLinear(OnnxGraph graph, Node node)
    {
        string[] parameters = graph.LayerParameters(node);
        string rows = Project(graph, node, "linear", graph.Value(node.Inputs[0]), node.Inputs[0].Shape, node.Shape.Channels, parameters);
        graph.SetValue(node, Unflatten(graph, node, rows, node.Shape));
    }

    private static void WriteSwiGlu(OnnxGraph graph, Node node, string x)
    {
        string axis = graph.Indices(node, "axis", 2), half = graph.Indices(node, "half", node.Shape.Channels);
        string first = graph.Step(node, "Slice", "first", x, graph.Indices(node, "start", 0), half, axis);
        string second = graph.Step(node, "Slice", "second", x, half, graph.Indices(node, "end", 2 * node.Shape.Channels), axis);
        string gate = graph.Step(node, "Mul", "gate", first, graph.Step(node, "Sigmoid", "sigmoid", first));
        graph.SetValue(node, graph.Step(node, "Mul", "value", gate, second));
    }

    // The learned tokens are repeated for each image of the batch.
    private static void WriteLearnedTokens(OnnxGraph graph, Node node, LearnedTokens op, string x)
    {
        int width = node.Shape.Channels;
        string learned = Reshaped(graph, node, 1, op.Count, width);
        string batch = graph.Step(node, "Slice", "batch", graph.Step(node, "Shape", "shape", x), graph.Indices(node, "zero", 0),
            graph.Indices(node, "one", 1));
        string shape = graph.Step(node, "Concat", "expanded", [batch, graph.Indices(node, "rest", op.Count, width)], Int("axis", 0));
        string expanded = graph.Step(node, "Expand", "learned", learned, shape);
        string[] parts = [expanded, x];
        if (op.After > 0)
        {
            string at = graph.Indices(node, "at", op.After), axes = graph.Indices(node, "axes", 1);
            string before = graph.Step(node, "Slice", "before", x, graph.Indices(node, "start", 0), at, axes);
            string after = graph.Step(node, "Slice", "after", x, at, graph.Indices(node, "end", int.MaxValue), axes);
            parts = [before, expanded, after];
        }
        graph.SetValue(node, graph.Step(node, "Concat", "value", parts, Int("axis", 1)));
    }

    private static void WriteLayerNorm(OnnxGraph graph, Node node, LayerNorm norm, string x)
    {
        string weight = graph.Parameter(node, node.Parameters[0]), bias = graph.Parameter(node, node.Parameters[1]);
        string input = node.Shape.IsMap ? graph.Step(node, "Transpose", "last", [x], Ints("perm", 0, 2, 3, 1)) : x;
        string value = graph.Step(node, "LayerNormalization", "normalized", [input, weight, bias], Int("axis", -1),
            Number("epsilon", norm.Epsilon));
        graph.SetValue(node, node.Shape.IsMap ? graph.Step(node, "Transpose", "value", [value], Ints("perm", 0, 3, 1, 2)) : value);
    }

    private static void WriteAttention(OnnxGraph graph, Node node, Attention attention, string x)
    {
        var (weights, value) = Weights(graph, node, attention, x);
        string attended = graph.Step(node, "MatMul", "attended", weights, value);
        string joined = graph.Step(node, "Transpose", "joined", [attended], Ints("perm", 0, 2, 1, 3));
        string weight = graph.Parameter(node, node.Parameters[2]), bias = graph.Parameter(node, node.Parameters[3]);
        string rows = Project(graph, node, "out", joined, node.Shape, node.Shape.Channels, weight, bias);
        graph.SetValue(node, Unflatten(graph, node, rows, node.Shape));
    }

    // The weights of attention, heads x tokens x tokens, and what they weigh, heads x tokens x width of a head.
    private static (string Weights, string Value) Weights(OnnxGraph graph, Node node, Attention attention, string x)
    {
        var (input, heads) = (node.Inputs[0].Shape, attention.Heads);
        string weight = graph.Parameter(node, node.Parameters[0]), bias = graph.Parameter(node, node.Parameters[1]);
        string projected = Project(graph, node, "qkv", x, input, 3 * input.Channels, weight, bias);
        var (query, key, value) = Heads(graph, node, projected, [input.Tokens], heads);
        string scale = graph.Constant(node, "scale", [], (float)(1 / Math.Sqrt((double)input.Channels / heads)));
        string scores = graph.Step(node, "MatMul", "scores", graph.Step(node, "Mul", "query.scaled", query, scale), key);
        return (graph.Step(node, "Softmax", "weights", [scores], Int("axis", -1)), value);
    }

    /// <summary>Splits projected tokens into queries, keys and values by head.</summary>
    /// <param name="graph">The ONNX graph.</param>
    /// <param name="node">The node of the attention.</param>
    /// <param name="projected">Queries, keys and values beside each other.</param>
    /// <param name="positions">The number of tokens, or the number of windows and of their tokens.</param>
    /// <param name="heads">The number of heads.</param>
    /// <returns>Queries and values, [windows x] heads x tokens x width of a head, and keys with tokens last.</returns>
    public static (string Query, string Key, string Value) Heads(OnnxGraph graph, Node node, string projected, int[] positions, int heads)
    {
        int last = positions.Length;
        int[] leading = [.. Enumerable.Range(0, last)];
        string shape = graph.Indices(node, "split", [-1, .. positions, 3, heads, node.Inputs[0].Shape.Channels / heads]);
        string split = graph.Step(node, "Reshape", "heads", projected, shape);
        string ordered = graph.Step(node, "Transpose", "ordered", [split],
            Ints("perm", [last + 1, .. leading, last + 2, last, last + 3]));
        string Part(string name, int index) =>
            graph.Step(node, "Gather", name, [ordered, graph.Scalar(node, $"{name}.index", index)], Int("axis", 0));
        string key = graph.Step(node, "Transpose", "key.transposed", [Part("key", 1)],
            Ints("perm", [.. leading, last, last + 2, last + 1]));
        return (Part("query", 0), key, Part("values", 2));
    }

    /// <summary>Multiplies tokens by a matrix and adds a bias.</summary>
    /// <remarks>
    /// Gemm, for which the tokens of all images are the rows of one matrix, first fills its result with the bias. That is faster than
    /// MatMul and Add where the result of an image fits into a core's cache, and slower elsewhere. ONNX Runtime transposes the matrix for
    /// MatMul when it loads the model.
    /// </remarks>
    /// <param name="graph">The ONNX graph.</param>
    /// <param name="node">The node.</param>
    /// <param name="name">The name of the product.</param>
    /// <param name="x">The tokens, their width last.</param>
    /// <param name="tokens">The number of tokens and their width.</param>
    /// <param name="outputs">The number of outputs of a token.</param>
    /// <param name="parameters">The matrix, outputs x inputs, and the bias if there is one.</param>
    /// <returns>The products: the outputs are the last dimension, tokens and batch those before.</returns>
    public static string Project(OnnxGraph graph, Node node, string name, string x, Shape tokens, int outputs, params string[] parameters)
    {
        bool isGemm = (long)tokens.Tokens * outputs <= LargestGemm || Int8.IsQuantized(node);
        int[] shape = isGemm ? [-1, tokens.Channels] : [-1, tokens.Tokens, tokens.Channels];
        string rows = graph.Step(node, "Reshape", $"{name}.rows", x, graph.Indices(node, $"{name}.rows.shape", shape));
        if (isGemm)
            return graph.Step(node, "Gemm", $"{name}.product", [rows, .. parameters], Int("transB", 1));
        string matrix = graph.Step(node, "Transpose", $"{name}.weight", [parameters[0]], Ints("perm", 1, 0));
        string product = graph.Step(node, "MatMul", $"{name}.product", rows, matrix);
        return parameters is [_, var bias] ? graph.Step(node, "Add", $"{name}.sum", product, bias) : product;
    }

    /// <summary>Returns rows of tokens as batch x tokens x width.</summary>
    public static string Unflatten(OnnxGraph graph, Node node, string rows, Shape tokens) =>
        graph.Step(node, "Reshape", "tokens", rows, graph.Indices(node, "tokens.shape", -1, tokens.Tokens, tokens.Channels));

    private static string Reshaped(OnnxGraph graph, Node node, params int[] dimensions)
    {
        string parameter = graph.Parameter(node, node.Parameters[0]);
        return node.Parameters[0].Dimensions.SequenceEqual(dimensions) ? parameter
            : graph.Step(node, "Reshape", "parameter", parameter, graph.Indices(node, "parameter.shape", dimensions));
    }

    private static string Positions(OnnxGraph graph, Node node)
    {
        var op = (PositionEmbedding)node.Operator;
        int width = node.Shape.Channels, rows = op.Leading + op.Grid * op.Grid;
        string table = Reshaped(graph, node, 1, rows, width);
        if (PositionResize.Weights(node) is not { } weights)
            return table;
        int side = weights.GetLength(0);
        string matrix = graph.Constant(node, "resize", [side, op.Grid], [.. weights.Cast<float>()]);
        string axes = graph.Indices(node, "rows.axes", 1), leading = graph.Indices(node, "rows.leading", op.Leading);
        string first = graph.Step(node, "Slice", "rows.first", table, graph.Indices(node, "rows.start", 0), leading, axes);
        string patches = graph.Step(node, "Slice", "rows.patches", table, leading, graph.Indices(node, "rows.end", rows), axes);
        // new rows x old rows times old rows x (columns x width), and the same for columns.
        string grid = graph.Step(node, "Reshape", "grid", patches, graph.Indices(node, "grid.shape", op.Grid, op.Grid * width));
        string tall = graph.Step(node, "MatMul", "grid.rows", matrix, grid);
        string split = graph.Step(node, "Reshape", "grid.split", tall, graph.Indices(node, "split.shape", side, op.Grid, width));
        string resized = graph.Step(node, "MatMul", "grid.columns", matrix, split);
        string flat = graph.Step(node, "Reshape", "grid.flat", resized, graph.Indices(node, "flat.shape", 1, side * side, width));
        return graph.Step(node, "Concat", "positions", [first, flat], Int("axis", 1));
    }
}
