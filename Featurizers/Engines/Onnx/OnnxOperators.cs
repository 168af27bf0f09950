using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes each operator as one or several ONNX operators.</summary>
internal static class OnnxOperators
{
    /// <summary>Adds a node to the ONNX graph.</summary>
    /// <exception cref="NotSupportedException">The operator needs a fixed image size, and the model has none.</exception>
    public static void Write(Node node, OnnxGraph graph)
    {
        switch (node.Operator)
        {
            case Input:
                break;
            case OnnxModel model:
                graph.Inline(node, model);
                break;
            case Conv conv:
                WriteConv(graph, node, conv);
                break;
            case BatchNorm norm:
                graph.Emit(node, "BatchNormalization", Number("epsilon", norm.Epsilon));
                break;
            case Linear when node.Shape.Tokens > 0:
                OnnxTokens.WriteLinear(graph, node);
                break;
            case Linear:
                graph.Emit(node, "Gemm", Int("transB", 1));
                break;
            case MaxPool pool:
                WriteMaxPool(graph, node, pool);
                break;
            case AveragePool pool:
                var padding = Pads(pool.Padding, pool.Padding, pool.Padding, pool.Padding);
                var countIncludePad = Int("count_include_pad", pool.CountIncludePad ? 1 : 0);
                graph.Emit(node, "AveragePool",
                    Square("kernel_shape", pool.Kernel), Square("strides", pool.Stride), padding, countIncludePad);
                break;
            case AdaptiveAveragePool pool:
                WriteAdaptiveAveragePool(graph, node, pool.Size);
                break;
            case GlobalAverage:
                graph.Emit(node, "ReduceMean", Ints("axes", 2, 3), Int("keepdims", 0));
                break;
            case Pad pad:
                WritePad(graph, node, pad);
                break;
            case Unflatten unflatten:
                // 0 keeps the size of the batch.
                graph.Emit(node, "Reshape", [graph.Indices(node, "shape", [0, .. unflatten.Map.Dimensions.Select(size => (int)size)])]);
                break;
            case Scale:
                WriteScale(graph, node);
                break;
            case Bias or Multiply:
                graph.Emit(node, node.Operator is Bias ? "Add" : "Mul");
                break;
            case UpsampleBy upsample:
                string scales = graph.Constant(node, "scales", [4], 1, 1, upsample.Factor, upsample.Factor);
                graph.SetValue(node, graph.Step(node, "Resize", "resized", [graph.Value(node.Inputs[0]), "", scales], NearestPixel));
                break;
            case Flatten:
                graph.Emit(node, "Flatten", Int("axis", 1));
                break;
            case FakeQuantize quantize:
                OnnxQuantization.WriteRounded(graph, node, quantize);
                break;
            case Activation or Times:
                OnnxElementwise.Write(node, graph);
                break;
            case Dropout or StochasticDepth:
                graph.Emit(node, "Identity");
                break;
            case Concat:
                graph.Emit(node, "Concat", Int("axis", 1));
                break;
            case Upsample:
                WriteUpsample(graph, node);
                break;
            case Add:
                graph.Emit(node, "Add");
                break;
            case Softmax:
                graph.Emit(node, "Softmax", Int("axis", 1));
                break;
            case UnitLength:
                graph.Emit(node, "LpNormalization", Int("axis", 1), Int("p", 2));
                break;
            case Rescale:
                graph.Emit(node, "Mul");
                break;
            case ChannelSlice slice:
                string starts = graph.Indices(node, "starts", slice.Start), ends = graph.Indices(node, "ends", slice.Start + slice.Count);
                graph.Emit(node, "Slice", [starts, ends, graph.Indices(node, "axes", 1)]);
                break;
            case ChannelShuffle shuffle:
                WriteShuffle(graph, node, shuffle.Groups);
                break;
            default:
                OnnxTokens.Write(node, graph);
                break;
        }
    }

    // PyTorch's nearest-neighbor interpolation.
    private static AttributeProto[] NearestPixel =>
        [Text("mode", "nearest"), Text("coordinate_transformation_mode", "asymmetric"), Text("nearest_mode", "floor")];

    private static AttributeProto Square(string name, int size) => Ints(name, size, size);

    // The order of the ONNX attribute: before height and width, then after them.
    private static AttributeProto Pads(int top, int left, int bottom, int right) => Ints("pads", top, left, bottom, right);

    private static void WriteConv(OnnxGraph graph, Node node, Conv conv)
    {
        var kernel = Ints("kernel_shape", conv.Kernel.Height, conv.Kernel.Width);
        var pads = Pads(conv.Padding.Height, conv.Padding.Width, conv.Padding.Height, conv.Padding.Width);
        graph.Emit(node, "Conv", kernel, Square("strides", conv.Stride), pads, Int("group", conv.Groups),
            Square("dilations", conv.Dilation));
    }

    private static void WritePad(OnnxGraph graph, Node node, Pad pad)
    {
        string pads = graph.Indices(node, "pads", 0, 0, pad.Top, pad.Left, 0, 0, pad.Bottom, pad.Right);
        graph.Emit(node, "Pad", [pads, graph.Constant(node, "constant_value", [], pad.Lowest ? float.MinValue : 0)]);
    }

    private static void WriteScale(OnnxGraph graph, Node node)
    {
        string scaled = graph.Step(node, "Mul", "mul", graph.Value(node.Inputs[0]), graph.ChannelParameter(node, "weight"));
        graph.SetValue(node, graph.Step(node, "Add", "add", scaled, graph.ChannelParameter(node, "bias")));
    }

    // Runtimes differ in how ceil_mode rounds, so it is written as padding at the end, which is never the maximum. For images of any size
    // the padding is not known, and ceil_mode must do.
    private static void WriteMaxPool(OnnxGraph graph, Node node, MaxPool pool)
    {
        var (input, output) = (node.Inputs[0].Shape, node.Shape);
        int bottom = pool.Padding, right = pool.Padding;
        if (!graph.DynamicSize)
            (bottom, right) = (EndPadding(pool, input.Height, output.Height), EndPadding(pool, input.Width, output.Width));
        var ceilMode = Int("ceil_mode", graph.DynamicSize && pool.CeilMode ? 1 : 0);
        graph.Emit(node, "MaxPool", Square("kernel_shape", pool.Kernel), Square("strides", pool.Stride),
            Pads(pool.Padding, pool.Padding, bottom, right), ceilMode);
    }

    private static int EndPadding(MaxPool pool, int size, int windows) =>
        Math.Max(pool.Padding, (windows - 1) * pool.Stride + pool.Kernel - size - pool.Padding);

    // ONNX has no adaptive pooling of a size above 1. It is linear and separable, so two matrix products do it:
    // rows x feature map x columns, the matrices holding the weights of the windows.
    private static void WriteAdaptiveAveragePool(OnnxGraph graph, Node node, int size)
    {
        var map = node.Inputs[0].Shape;
        if (size == 1)
            graph.Emit(node, "GlobalAveragePool");
        else if (node.Shape == map)
            graph.Emit(node, "Identity");
        else if (graph.DynamicSize)
        {
            throw new NotSupportedException($"The adaptive pooling '{node.Name}' to {size} x {size} cannot be exported for images of any " +
                "size; end the network before it.");
        }
        else
        {
            string rows = graph.Constant(node, "rows", [size, map.Height], WindowWeights(map.Height, size, transposed: false));
            string columns = graph.Constant(node, "columns", [map.Width, size], WindowWeights(map.Width, size, transposed: true));
            string rowMeans = graph.Step(node, "MatMul", "shrunk", rows, graph.Value(node.Inputs[0]));
            graph.SetValue(node, graph.Step(node, "MatMul", "value", rowMeans, columns));
        }
    }

    // A matrix, output x input, with 1 / length within each window and 0 elsewhere. The windows are those of PyTorch.
    private static float[] WindowWeights(int inputs, int outputs, bool transposed)
    {
        float[] weights = new float[inputs * outputs];
        for (int i = 0; i < outputs; i++)
        {
            int start = i * inputs / outputs, end = ((i + 1) * inputs + outputs - 1) / outputs;
            for (int j = start; j < end; j++)
                weights[transposed ? j * outputs + i : i * inputs + j] = 1f / (end - start);
        }
        return weights;
    }

    // The output's channel j is the input's channel j % groups * size + j / groups. Gather copies whole channels, which is faster than
    // the usual reshape and transpose.
    private static void WriteShuffle(OnnxGraph graph, Node node, int groups)
    {
        int size = node.Shape.Channels / groups;
        int[] order = [.. Enumerable.Range(0, node.Shape.Channels).Select(j => j % groups * size + j / groups)];
        graph.Emit(node, "Gather", [graph.Indices(node, "order", order)], Int("axis", 1));
    }

    // The sizes are computed from the values, because those of the images may vary: batch and channels of the first input, height and
    // width of the second.
    private static void WriteUpsample(OnnxGraph graph, Node node)
    {
        string sizes = graph.Step(node, "Concat", "sizes", [TwoDimensions(0, start: 0), TwoDimensions(1, start: 2)], Int("axis", 0));
        string[] inputs = [graph.Value(node.Inputs[0]), "", "", sizes];
        graph.SetValue(node, graph.Step(node, "Resize", "resized", inputs, NearestPixel));

        string TwoDimensions(int input, int start)
        {
            string shape = graph.Step(node, "Shape", $"whole{input}", graph.Value(node.Inputs[input]));
            string from = graph.Indices(node, $"from{input}", start), to = graph.Indices(node, $"to{input}", start + 2);
            return graph.Step(node, "Slice", $"shape{input}", shape, from, to);
        }
    }
}
