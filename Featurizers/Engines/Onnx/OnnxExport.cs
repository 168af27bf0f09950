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
    /// <inheritdoc cref="Write(Network, Stream, string, string, Preprocessing?)"/>
    public static void Write(Network network, string path, string input = "images", string output = "output", Preprocessing? normalize = null) =>
        AtomicFile.Write(path, stream => Write(network, stream, input, output, normalize));

    /// <summary>Writes the model.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">Where to.</param>
    /// <param name="input">The name of the model's input, batch x channels x height x width.</param>
    /// <param name="output">The name of the model's output.</param>
    /// <param name="normalize">Where given, the model takes levels from 0 to 255 and normalises them itself.</param>
    /// <exception cref="OverflowException">The model would be larger than the 2 GiB a protobuf message can have.</exception>
    public static void Write(Network network, Stream stream, string input = "images", string output = "output", Preprocessing? normalize = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        var folded = network.FoldBatchNorm();
        var export = new Export(folded.Weights, input, output, folded.Graph);
        if (normalize is not null)
            export.Normalize(normalize);
        foreach (var node in folded.Graph.Nodes)
            export.Visit(node);
        Model(export.Graph(), Opset).WriteTo(stream);
    }

    private sealed class Export(StateDict weights, string input, string output, Graph graph)
    {
        private readonly List<ProtoMessage> _nodes = [], _constants = [];
        private readonly Dictionary<Node, string> _values = new() { [graph.Input] = input };

        public ProtoMessage Graph() => OnnxProto.Graph("TransferKit", _nodes, _constants,
            Batches(input, graph.Input.Shape.Dimensions), Batches(output, graph.Output.Shape.Dimensions));

        public void Normalize(Preprocessing normalize)
        {
            int[] channels = [1, 3, 1, 1];
            _constants.Add(Tensor("normalize.scale", channels, [normalize.Scale(0), normalize.Scale(1), normalize.Scale(2)]));
            _constants.Add(Tensor("normalize.shift", channels, [normalize.Shift(0), normalize.Shift(1), normalize.Shift(2)]));
            _nodes.Add(OnnxProto.Node("Mul", "normalize/mul", [input, "normalize.scale"], "normalize/scaled"));
            _nodes.Add(OnnxProto.Node("Add", "normalize/add", ["normalize/scaled", "normalize.shift"], "normalize/shifted"));
            _values[graph.Input] = "normalize/shifted";
        }

        public void Visit(Node node)
        {
            switch (node.Operator)
            {
                case Input:
                    if (node == graph.Output)
                        Emit(node, "Identity");
                    break;
                case Conv conv:
                    Emit(node, "Conv", Ints("kernel_shape", conv.Kernel, conv.Kernel), Ints("strides", conv.Stride, conv.Stride),
                        Pads(conv.Padding), Int("group", conv.Groups));
                    break;
                case BatchNorm norm:
                    Emit(node, "BatchNormalization", Number("epsilon", norm.Epsilon));
                    break;
                case Relu:
                    Emit(node, "Relu");
                    break;
                case Relu6:
                    Emit(node, "Clip", [Constant(node, "min", 0), Constant(node, "max", 6)], []);
                    break;
                case MaxPool pool:
                    Emit(node, "MaxPool", Ints("kernel_shape", pool.Kernel, pool.Kernel), Ints("strides", pool.Stride, pool.Stride), Pads(pool.Padding));
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
                case Linear:
                    Emit(node, "Gemm", Int("transB", 1));
                    break;
                case Dropout:
                    Emit(node, "Identity");
                    break;
                case Add:
                    Emit(node, "Add");
                    break;
                default:
                    throw new NotSupportedException($"The ONNX export does not know the operator {node.Operator.Kind} of node '{node.Name}'.");
            }
        }

        private static ProtoMessage Pads(int padding) => Ints("pads", padding, padding, padding, padding);

        private void Emit(Node node, string op, params ProtoMessage[] attributes) => Emit(node, op, [], attributes);

        // The inputs of an operator are its values, then its parameters in PyTorch's order, which is ONNX's as well.
        private void Emit(Node node, string op, string[] further, ProtoMessage[] attributes)
        {
            string[] parameters = [.. node.Parameters.Where(p => !p.IsCounter).Select(node.Key)];
            foreach (string key in parameters)
                _constants.Add(weights[key] is { Type: ElementType.Float32 } w
                    ? Tensor(key, w.Dimensions, w.Bytes)
                    : Tensor(key, weights[key].Dimensions, weights[key].Floats()));
            _values[node] = node == graph.Output ? output : $"{node.Name}/value";
            _nodes.Add(OnnxProto.Node(op, node.Name, [.. node.Inputs.Select(i => _values[i]), .. parameters, .. further], _values[node], attributes));
        }

        private string Constant(Node node, string name, float value)
        {
            _constants.Add(Tensor($"{node.Name}/{name}", [], [value]));
            return $"{node.Name}/{name}";
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
            _values[node] = node == graph.Output ? output : $"{node.Name}/value";
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
