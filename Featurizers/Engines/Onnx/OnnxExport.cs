using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes a network as an ONNX model (operator set 17), with batch normalisation folded and any batch size.</summary>
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
        var export = new Export(folded.Weights, options ?? new OnnxOptions(), folded.Graph);
        foreach (var node in folded.Graph.Nodes)
            export.Visit(node);
        Model(export.Graph(), Opset).WriteTo(stream);
    }

    private sealed class Export
    {
        private readonly List<ProtoMessage> _nodes = [], _constants = [];
        private readonly Dictionary<Node, string> _values;
        private readonly StateDict _weights;
        private readonly OnnxOptions _options;
        private readonly Graph _graph;

        public Export(StateDict weights, OnnxOptions options, Graph graph)
        {
            (_weights, _options, _graph) = (weights, options, graph);
            _values = new() { [graph.Input] = options.Input };
            if (options.Normalize is { } normalize)
                Normalize(normalize);
        }

        public ProtoMessage Graph()
        {
            long[] image = _graph.Input.Shape.Dimensions, result = _graph.Output.Shape.Dimensions;
            if (!_options.OneImage)
            {
                _nodes.Add(OnnxProto.Node("Identity", "result", [_values[_graph.Output]], _options.Output));
                return OnnxProto.Graph("TransferKit", _nodes, _constants, Batches(_options.Input, image), Batches(_options.Output, result));
            }
            _constants.Add(Integers("result.shape", -1));
            _nodes.Add(OnnxProto.Node("Reshape", "result", [_values[_graph.Output], "result.shape"], _options.Output));
            return OnnxProto.Graph("TransferKit", _nodes, _constants, Values(_options.Input, [1, .. image]), Values(_options.Output, [_graph.Output.Shape.Count]));
        }

        private void Normalize(Preprocessing normalize)
        {
            int[] channels = [1, 3, 1, 1];
            _constants.Add(Tensor("normalize.scale", channels, [normalize.Scale(0), normalize.Scale(1), normalize.Scale(2)]));
            _constants.Add(Tensor("normalize.shift", channels, [normalize.Shift(0), normalize.Shift(1), normalize.Shift(2)]));
            _nodes.Add(OnnxProto.Node("Mul", "normalize/mul", [_options.Input, "normalize.scale"], "normalize/scaled"));
            _nodes.Add(OnnxProto.Node("Add", "normalize/add", ["normalize/scaled", "normalize.shift"], "normalize/shifted"));
            _values[_graph.Input] = "normalize/shifted";
        }

        public void Visit(Node node)
        {
            switch (node.Operator)
            {
                case Input:
                    break;
                case Conv conv:
                    Emit(node, "Conv", Ints("kernel_shape", conv.Kernel.Height, conv.Kernel.Width), Ints("strides", conv.Stride, conv.Stride),
                        Ints("pads", conv.Padding.Height, conv.Padding.Width, conv.Padding.Height, conv.Padding.Width), Int("group", conv.Groups));
                    break;
                case BatchNorm norm:
                    Emit(node, "BatchNormalization", Number("epsilon", norm.Epsilon));
                    break;
                case Linear:
                    Emit(node, "Gemm", Int("transB", 1));
                    break;
                case MaxPool pool:
                    Emit(node, "MaxPool", Ints("kernel_shape", pool.Kernel, pool.Kernel), Ints("strides", pool.Stride, pool.Stride), Pads(node, pool));
                    break;
                case AveragePool pool:
                    Emit(node, "AveragePool", Ints("kernel_shape", pool.Kernel, pool.Kernel), Ints("strides", pool.Stride, pool.Stride),
                        Ints("pads", pool.Padding, pool.Padding, pool.Padding, pool.Padding), Int("count_include_pad", pool.CountPadding ? 1 : 0));
                    break;
                case AdaptiveAveragePool { Size: 1 }:
                    Emit(node, "GlobalAveragePool");
                    break;
                case AdaptiveAveragePool pool:
                    Average(node, pool.Size);
                    break;
                case GlobalAverage:
                    Emit(node, "ReduceMean", Ints("axes", 2, 3), Int("keepdims", 0));
                    break;
                case Flatten:
                    Emit(node, "Flatten", Int("axis", 1));
                    break;
                case Relu or Tanh or Sigmoid or HardSwish:
                    Emit(node, node.Operator.GetType().Name);
                    break;
                case Relu6:
                    Emit(node, "Clip", [Constant(node, "min", 0), Constant(node, "max", 6)], []);
                    break;
                case HardSigmoid:
                    Emit(node, "HardSigmoid", Number("alpha", 1.0 / 6), Number("beta", 0.5));
                    break;
                case Silu:
                    _nodes.Add(OnnxProto.Node("Sigmoid", $"{node.Name}/sigmoid", [_values[node.Inputs[0]]], $"{node.Name}/gate"));
                    Emit(node, "Mul", [$"{node.Name}/gate"], []);
                    break;
                case Dropout or StochasticDepth:
                    Emit(node, "Identity");
                    break;
                case Concat:
                    Emit(node, "Concat", Int("axis", 1));
                    break;
                case Add:
                    Emit(node, "Add");
                    break;
                case Rescale:
                    Emit(node, "Mul");
                    break;
                case ChannelSlice slice:
                    Emit(node, "Slice", [Indices(node, "starts", slice.Start), Indices(node, "ends", slice.Start + slice.Count), Indices(node, "axes", 1)], []);
                    break;
                case ChannelShuffle shuffle:
                    Shuffle(node, shuffle.Groups);
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

        private void Emit(Node node, string op, params ProtoMessage[] attributes) => Emit(node, op, [], attributes);

        // The inputs of an operator are its values, then its parameters in PyTorch's order, which is ONNX's as well.
        private void Emit(Node node, string op, string[] further, ProtoMessage[] attributes)
        {
            string[] parameters = [.. node.Parameters.Where(p => !p.IsCounter).Select(node.Key)];
            foreach (string key in parameters)
            {
                var weight = _weights[key];
                IReadOnlyList<int> dimensions = node.Operator is Linear { Pointwise: true } ? [.. weight.Dimensions.Take(2)] : weight.Dimensions;
                _constants.Add(weight.Type == ElementType.Float32 ? Tensor(key, dimensions, weight.Bytes) : Tensor(key, dimensions, weight.Floats()));
            }
            _values[node] = $"{node.Name}/value";
            _nodes.Add(OnnxProto.Node(op, node.Name, [.. node.Inputs.Select(i => _values[i]), .. parameters, .. further], _values[node], attributes));
        }

        private string Constant(Node node, string name, float value)
        {
            _constants.Add(Tensor($"{node.Name}/{name}", [], [value]));
            return $"{node.Name}/{name}";
        }

        private string Indices(Node node, string name, params int[] indices)
        {
            _constants.Add(Integers($"{node.Name}/{name}", [.. indices.Select(i => (long)i)]));
            return $"{node.Name}/{name}";
        }

        // The new channel j is the old one j % groups * size + j / groups; gathering copies each whole, where transposing moves pixels.
        private void Shuffle(Node node, int groups)
        {
            int size = node.Shape.Channels / groups;
            Emit(node, "Gather", [Indices(node, "order", [.. Enumerable.Range(0, node.Shape.Channels).Select(j => j % groups * size + j / groups)])], [Int("axis", 1)]);
        }

        // ONNX has no adaptive pooling. It is linear and separable: rows x map x columns, with the windows' weights as matrices.
        private void Average(Node node, int size)
        {
            var map = node.Inputs[0].Shape;
            if (map.Height == size && map.Width == size)
            {
                Emit(node, "Identity");
                return;
            }
            string rows = $"{node.Name}/rows", columns = $"{node.Name}/columns";
            _constants.Add(Tensor(rows, [size, map.Height], Windows(map.Height, size, transposed: false)));
            _constants.Add(Tensor(columns, [map.Width, size], Windows(map.Width, size, transposed: true)));
            _nodes.Add(OnnxProto.Node("MatMul", rows, [rows, _values[node.Inputs[0]]], $"{rows}/value"));
            _values[node] = $"{node.Name}/value";
            _nodes.Add(OnnxProto.Node("MatMul", node.Name, [$"{rows}/value", columns], _values[node]));
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
}
