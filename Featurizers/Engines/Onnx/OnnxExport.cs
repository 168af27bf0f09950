using System.Text.Json;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes a network as an ONNX model (operator set 17), with batch normalization folded and any batch size.</summary>
public static class OnnxExport
{
    private const int Opset = 17;

    /// <summary>Writes the model to a file, under a temporary name until it is whole.</summary>
    /// <inheritdoc cref="Write(Network, Stream, OnnxOptions?)"/>
    public static void Write(Network network, string path, OnnxOptions? options = null) =>
        AtomicFile.Write(path, stream => Write(network, stream, options));

    /// <summary>Writes the model.</summary>
    /// <exception cref="OverflowException">The model would be larger than the 2 GiB a protobuf message can have.</exception>
    public static void Write(Network network, Stream stream, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var folded = network.FoldBatchNorm();
        var graph = new OnnxGraph(folded, options ?? new OnnxOptions());
        foreach (var node in folded.Graph.Nodes)
            Write(node, graph);
        Model(graph.Complete(), Opset, Said(folded.Graph, options?.Normalize)).WriteTo(stream);
    }

    // What OnnxReader reads the network back by.
    private static IEnumerable<(string, string)> Said(Graph graph, Preprocessing? preprocessing)
    {
        yield return (OnnxReader.GraphKey, GraphText.Write(graph));
        if (preprocessing is not null)
            yield return (OnnxReader.PreprocessingKey, JsonSerializer.Serialize(preprocessing, OnnxReader.Json));
    }

    private static void Write(Node node, OnnxGraph graph)
    {
        switch (node.Operator)
        {
            case Input:
                break;
            case Conv conv:
                graph.Emit(node, "Conv", Ints("kernel_shape", conv.Kernel.Height, conv.Kernel.Width), Ints("strides", conv.Stride, conv.Stride),
                    Ints("pads", conv.Padding.Height, conv.Padding.Width, conv.Padding.Height, conv.Padding.Width), Int("group", conv.Groups));
                break;
            case BatchNorm norm:
                graph.Emit(node, "BatchNormalization", Number("epsilon", norm.Epsilon));
                break;
            case Linear:
                graph.Emit(node, "Gemm", Int("transB", 1));
                break;
            case MaxPool pool:
                graph.Emit(node, "MaxPool", Ints("kernel_shape", pool.Kernel, pool.Kernel), Ints("strides", pool.Stride, pool.Stride),
                    graph.AnySize ? Ints("pads", pool.Padding, pool.Padding, pool.Padding, pool.Padding) : Pads(node, pool), Int("ceil_mode", graph.AnySize && pool.Ceiling ? 1 : 0));
                break;
            case AveragePool pool:
                graph.Emit(node, "AveragePool", Ints("kernel_shape", pool.Kernel, pool.Kernel), Ints("strides", pool.Stride, pool.Stride),
                    Ints("pads", pool.Padding, pool.Padding, pool.Padding, pool.Padding), Int("count_include_pad", pool.CountPadding ? 1 : 0));
                break;
            case AdaptiveAveragePool { Size: 1 }:
                graph.Emit(node, "GlobalAveragePool");
                break;
            case AdaptiveAveragePool when node.Shape == node.Inputs[0].Shape:
                graph.Emit(node, "Identity");
                break;
            case AdaptiveAveragePool when graph.AnySize:
                throw new NotSupportedException($"'{node.Name}' averages to a map of one size, which images of any size do not give; end the network before it.");
            case AdaptiveAveragePool pool:
                Average(graph, node, pool.Size);
                break;
            case GlobalAverage:
                graph.Emit(node, "ReduceMean", Ints("axes", 2, 3), Int("keepdims", 0));
                break;
            case Flatten:
                graph.Emit(node, "Flatten", Int("axis", 1));
                break;
            case Relu or Tanh or Sigmoid or HardSwish:
                graph.Emit(node, node.Operator.GetType().Name);
                break;
            case Relu6:
                graph.Emit(node, "Clip", [graph.Constant(node, "min", [], 0), graph.Constant(node, "max", [], 6)]);
                break;
            case HardSigmoid:
                graph.Emit(node, "HardSigmoid", Number("alpha", 1.0 / 6), Number("beta", 0.5));
                break;
            case Silu:
                graph.Emit(node, "Mul", [graph.Step(node, "Sigmoid", "sigmoid", graph.Value(node.Inputs[0]))]);
                break;
            case Dropout or StochasticDepth:
                graph.Emit(node, "Identity");
                break;
            case Concat:
                graph.Emit(node, "Concat", Int("axis", 1));
                break;
            case Upsample:
                Enlarge(graph, node);
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
                graph.Emit(node, "Slice", [graph.Indices(node, "starts", slice.Start), graph.Indices(node, "ends", slice.Start + slice.Count), graph.Indices(node, "axes", 1)]);
                break;
            case ChannelShuffle shuffle:
                Shuffle(graph, node, shuffle.Groups);
                break;
            default:
                throw new NotSupportedException($"The ONNX export does not know the operator {node.Operator.Kind} of node '{node.Name}'.");
        }
    }

    // Ceiling is written as padding after the map, which a maximum never sees: runtimes differ in how they round.
    private static ProtoMessage Pads(Node node, MaxPool pool)
    {
        var (map, windows) = (node.Inputs[0].Shape, node.Shape);
        int After(int size, int count) => Math.Max(pool.Padding, (count - 1) * pool.Stride + pool.Kernel - size - pool.Padding);
        return Ints("pads", pool.Padding, pool.Padding, After(map.Height, windows.Height), After(map.Width, windows.Width));
    }

    // The new channel j is the old one j % groups * size + j / groups; gathering copies each whole, where transposing moves pixels.
    private static void Shuffle(OnnxGraph graph, Node node, int groups)
    {
        int size = node.Shape.Channels / groups;
        graph.Emit(node, "Gather", [graph.Indices(node, "order", [.. Enumerable.Range(0, node.Shape.Channels).Select(j => j % groups * size + j / groups)])], Int("axis", 1));
    }

    // The size is the other map's, whatever the images'.
    private static void Enlarge(OnnxGraph graph, Node node)
    {
        string Shape(int input, int from) => graph.Step(node, "Slice", $"shape{input}", graph.Step(node, "Shape", $"whole{input}", graph.Value(node.Inputs[input])),
            graph.Indices(node, $"from{input}", from), graph.Indices(node, $"to{input}", from + 2));
        string sizes = graph.Step(node, "Concat", "sizes", [Shape(0, 0), Shape(1, 2)], Int("axis", 0));
        graph.Set(node, graph.Step(node, "Resize", "resized", [graph.Value(node.Inputs[0]), "", "", sizes],
            Word("mode", "nearest"), Word("coordinate_transformation_mode", "asymmetric"), Word("nearest_mode", "floor")));
    }

    // ONNX has no adaptive pooling. It is linear and separable: rows x map x columns, with the windows' weights as matrices.
    private static void Average(OnnxGraph graph, Node node, int size)
    {
        var map = node.Inputs[0].Shape;
        string rows = graph.Constant(node, "rows", [size, map.Height], Windows(map.Height, size, transposed: false));
        string columns = graph.Constant(node, "columns", [map.Width, size], Windows(map.Width, size, transposed: true));
        graph.Set(node, graph.Step(node, "MatMul", "value", graph.Step(node, "MatMul", "shrunk", rows, graph.Value(node.Inputs[0])), columns));
    }

    private static float[] Windows(int from, int to, bool transposed)
    {
        float[] weights = new float[from * to];
        for (int i = 0; i < to; i++)
        {
            int start = i * from / to, end = ((i + 1) * from + to - 1) / to;
            for (int j = start; j < end; j++)
                weights[transposed ? j * to + i : i * from + j] = 1f / (end - start);
        }
        return weights;
    }
}
