using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Onnx.Import;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Engines.Torch;
using static TransferKit.Engines.Onnx.OnnxProto;
using static TransferKit.Tests.Featurizers.Engines.Onnx.OnnxModels;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

/// <summary>Reads single ONNX operators, with settings as other programs write them, and compares with ONNX Runtime.</summary>
public class OnnxOperatorReaderTests
{
    private const int Size = 11;

    /// <summary>The name, the operator set, and the nodes from <c>images</c> (batch x 3 x 11 x 11) to <c>output</c>.</summary>
    public static TheoryData<string, int, Func<IMessage[]>> Readable => new()
    {
        { "convolution", 7, () => [Conv(), Values("w", 6, 3, 3, 3)] },
        { "asymmetric pads", 13, () => [Conv(Ints("pads", 0, 1, 2, 3)), Values("w", 6, 3, 3, 3)] },
        { "pads that a stride does not reach", 8, () => [Conv(Ints("pads", 1, 1, 0, 0), Ints("strides", 2, 2)), Values("w", 6, 3, 3, 3)] },
        { "SAME_UPPER", 13, () => [Conv(Text("auto_pad", "SAME_UPPER"), Ints("strides", 2, 2)), Values("w", 6, 3, 4, 4)] },
        { "SAME_LOWER", 13, () => [Conv(Text("auto_pad", "SAME_LOWER"), Ints("strides", 3, 3)), Values("w", 6, 3, 4, 4)] },
        { "VALID", 13, () => [Conv(Text("auto_pad", "VALID")), Values("w", 6, 3, 3, 3)] },
        { "dilation", 13, () => [Conv(Ints("dilations", 2, 2), Ints("pads", 2, 2, 2, 2)), Values("w", 6, 3, 3, 3)] },
        { "groups", 13, () => [Conv(Int("group", 3)), Values("w", 6, 1, 3, 3)] },
        { "max pooling, ceil mode", 11, () => [Pool("MaxPool", Int("ceil_mode", 1))] },
        { "max pooling, asymmetric pads", 11, () => [Pool("MaxPool", Ints("pads", 0, 0, 1, 1))] },
        { "max pooling, pads at the top alone", 11, () => [Pool("MaxPool", Ints("pads", 1, 1, 0, 0))] },
        { "average pooling", 11, () => [Pool("AveragePool", Ints("pads", 1, 1, 1, 1))] },
        { "average pooling that counts pads", 11, () => [Pool("AveragePool", Ints("pads", 1, 1, 1, 1), Int("count_include_pad", 1))] },
        {
            "average pooling that counts asymmetric pads", 11,
            () => [Pool("AveragePool", Ints("pads", 0, 0, 1, 1), Int("count_include_pad", 1), Ints("strides", 1, 1))]
        },
        { "average pooling of everything", 11, () => [Node("AveragePool", "p", ["images"], "output", Ints("kernel_shape", Size, Size))] },
        { "global max pooling", 13, () => [Node("GlobalMaxPool", "p", ["images"], "output")] },
        { "mean, axes as attribute", 13, () => [Node("ReduceMean", "m", ["images"], "output", Ints("axes", -2, -1), Int("keepdims", 0))] },
        { "mean, axes as input", 18, () => [Node("ReduceMean", "m", ["images", "axes"], "output"), Integers("axes", 2, 3)] },
        { "clip by attributes", 7, () => [Node("Clip", "c", ["images"], "output", Number("min", -0.5), Number("max", 0.5))] },
        { "clip by inputs", 13, () => [Node("Clip", "c", ["images", "lo", ""], "output"), Tensor("lo", [], [-0.25f])] },
        { "relu as clip", 13, () => [Node("Clip", "c", ["images", "lo"], "output"), Tensor("lo", [], [0f])] },
        { "hard sigmoid", 13, () => [Node("HardSigmoid", "h", ["images"], "output", Number("alpha", 0.3), Number("beta", 0.4))] },
        { "hard sigmoid with defaults", 13, () => [Node("HardSigmoid", "h", ["images"], "output")] },
        { "hard swish", 14, () => [Node("HardSwish", "h", ["images"], "output")] },
        { "leaky relu", 13, () => [Node("LeakyRelu", "l", ["images"], "output")] },
        { "elu", 13, () => [Node("Elu", "e", ["images"], "output", Number("alpha", 2))] },
        { "prelu", 13, () => [Node("PRelu", "p", ["images", "s"], "output"), Values("s", 3, 1, 1)] },
        { "sigmoid as a gate of itself", 13, () => [Node("Sigmoid", "s", ["images"], "g"), Node("Mul", "m", ["g", "images"], "output")] },
        {
            "sigmoid that two read", 13,
            () => [Node("Sigmoid", "s", ["images"], "g"), Node("Mul", "m", ["g", "images"], "x"), Node("Add", "a", ["g", "x"], "output")]
        },
        {
            "constants for channels", 13,
            () => [Node("Mul", "m", ["images", "c"], "x"), Node("Sub", "s", ["x", "c"], "output"), Values("c", 3, 1, 1)]
        },
        { "a number minus a value", 13, () => [Node("Sub", "s", ["c", "images"], "output"), Tensor("c", [], [0.3f])] },
        { "division", 13, () => [Node("Div", "d", ["images", "c"], "output"), Tensor("c", [1, 3, 1, 1], [2f, 4f, 0.5f])] },
        { "a mean image", 13, () => [Node("Sub", "s", ["images", "mean"], "output"), Values("mean", 1, 3, Size, Size)] },
        {
            "channels in another order", 8,
            () =>
            [
                new NodeProto
                {
                    OpType = "Split",
                    Input = { "images" },
                    Output = { "r", "g", "b" },
                    Attribute = { Int("axis", 1), Ints("split", 1, 1, 1) },
                },
                Node("Concat", "c", ["b", "g", "r"], "output", Int("axis", 1)),
            ]
        },
        { "picked channels", 13, () => [Node("Gather", "g", ["images", "i"], "output", Int("axis", 1)), Integers("i", 2, 0, 1)] },
        {
            "a slice by attributes", 9,
            () => [Node("Slice", "s", ["images"], "output", Ints("axes", 1), Ints("starts", 1), Ints("ends", 99))]
        },
        {
            "a slice by inputs", 13,
            () => [Node("Slice", "s", ["images", "a", "b", "c"], "output"), Integers("a", -2), Integers("b", 3), Integers("c", 1)]
        },
        { "pad by attributes", 9, () => [Node("Pad", "p", ["images"], "output", Ints("pads", 0, 0, 1, 2, 0, 0, 3, 0))] },
        { "pad by inputs", 13, () => [Node("Pad", "p", ["images", "pads"], "output"), Integers("pads", 0, 0, 1, 2, 0, 0, 3, 0)] },
        { "resize", 13, () => [Resize("nearest"), Scales] },
        {
            "resize to sizes", 13,
            () => [Node("Resize", "r", ["images", "", "", "s"], "output", Text("mode", "nearest")), Integers("s", 2, 3, 3 * Size, 3 * Size)]
        },
        { "upsample", 9, () => [Node("Upsample", "u", ["images", "s"], "output"), Tensor("s", [4], [1f, 1f, 3f, 3f])] },
        { "flatten and dropout", 7, () => [Node("Dropout", "d", ["images"], "x"), Node("Flatten", "f", ["x"], "output")] },
        { "reshape", 13, () => [Node("Reshape", "r", ["images", "s"], "output"), Integers("s", 0, -1)] },
        {
            "a shape that is computed", 13,
            () =>
            [
                Node("Shape", "s", ["images"], "shape"), Node("Gather", "g", ["shape", "zero"], "batch"),
                Node("Unsqueeze", "u", ["batch", "zero1"], "batch1"), Node("Concat", "c", ["batch1", "minus"], "target", Int("axis", 0)),
                Node("Reshape", "r", ["images", "target"], "output"),
                new TensorProto { Name = "zero", DataType = 7, Int64Data = { 0 } }, Integers("zero1", 0), Integers("minus", -1),
            ]
        },
        {
            "a transposed matrix", 13,
            () =>
            [
                Node("GlobalAveragePool", "p", ["images"], "x"), Node("Squeeze", "q", ["x", "axes"], "v"),
                Node("Transpose", "t", ["w"], "wt", Ints("perm", 1, 0)), Node("MatMul", "m", ["v", "wt"], "output"),
                Values("w", 5, 3), Integers("axes", 2, 3),
            ]
        },
        {
            "gemm with factors", 7,
            () =>
            [
                Node("Flatten", "f", ["images"], "v"), Node("Gemm", "g", ["v", "w", "b"], "x", Number("alpha", 0.5), Number("beta", 2)),
                Node("Tanh", "t", ["x"], "output"), Values("w", 3 * Size * Size, 4), Values("b", 4),
            ]
        },
        {
            "gates of a vector", 13,
            () =>
            [
                Node("ReduceMean", "m", ["images"], "v", Ints("axes", 2, 3), Int("keepdims", 0)), Node("Sigmoid", "s", ["v"], "g"),
                Node("Reshape", "r", ["g", "shape"], "gates"), Node("Mul", "x", ["images", "gates"], "output"),
                Integers("shape", -1, 3, 1, 1),
            ]
        },
        {
            "half precision", 13,
            () =>
            [
                Node("Cast", "c", ["images"], "h", Int("to", 10)), Node("Cast", "d", ["h"], "f", Int("to", 1)),
                Node("Relu", "r", ["f"], "output"),
            ]
        },
    };

    public static TheoryData<string, Func<IMessage[]>, string> Unreadable => new()
    {
        { "bilinear resize", () => [Resize("linear"), Scales], "Resize (node 'r')" },
        { "different strides", () => [Conv(Ints("strides", 1, 2)), Values("w", 6, 3, 3, 3)], "strides 1 x 2" },
        {
            "a kernel that is no square", () => [Node("MaxPool", "p", ["images"], "output", Ints("kernel_shape", 1, 3))],
            "kernel_shape 1 x 3"
        },
        { "an unknown operator", () => [Node("Selu", "s", ["images"], "output")], "operator Selu (node 's')" },
        { "a node without a name", () => [Node("Selu", "", ["images"], "output")], "operator Selu (the node that computes 'output')" },
        { "training mode", () => [Norm(Int("training_mode", 1)), .. NormWeights], "training mode" },
        {
            "reflected pads",
            () => [Node("Pad", "p", ["images", "pads"], "output", Text("mode", "reflect")), Integers("pads", 0, 0, 1, 1, 0, 0, 1, 1)], "Pad"
        },
        { "the batch moved", () => [Node("Transpose", "t", ["images"], "output", Ints("perm", 1, 0, 2, 3))], "moves the batch" },
    };

    private static TensorProto Scales => Tensor("s", [4], [1f, 1f, 2f, 2f]);

    private static TensorProto[] NormWeights =>
        [Values("a", 3), Values("b", 3), Values("m", 3), Tensor("v", [3], [1f, 2f, 3f])];

    [Theory, MemberData(nameof(Readable))]
    public void An_operator_computes_what_ONNX_Runtime_computes(string name, int opset, Func<IMessage[]> parts)
    {
        var model = Model(opset, parts());
        float[] images = [.. Enumerable.Range(0, 2 * 3 * Size * Size).Select(i => MathF.Sin(3 * i))];
        using var session = new InferenceSession(model.ToByteArray());
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("images", new DenseTensor<float>(images, [2, 3, Size, Size]))]);
        float[] expected = [.. outputs[0].AsEnumerable<float>()];
        var architecture = new OnnxArchitecture(Read(model));
        var network = architecture.ReadNetwork();
        double tolerance = name == "half precision" ? 1e-3 : 1e-5;
        Close.Equal(expected, FrozenRun.Of(new OnnxInference(network), images), tolerance, name);
        Close.Equal(expected, FrozenRun.Of(new TorchInference(network), images), tolerance, $"{name}, Torch");
    }

    /// <summary>Any part of a model, with bytes changed at random, is read or refused: nothing else is thrown.</summary>
    [Theory, MemberData(nameof(Readable))]
    public void A_changed_operator_is_read_or_refused(string name, int opset, Func<IMessage[]> parts)
    {
        byte[] bytes = Model(opset, parts()).ToByteArray();
        var random = new Random(name.Length);
        for (int i = 0; i < 200; i++)
        {
            byte[] changed = [.. bytes];
            for (int j = random.Next(1, 4); j > 0; j--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            try
            {
                var file = OnnxFile.Read(new MemoryStream(changed), "model.onnx", folder: null);
                _ = new OnnxArchitecture(file).ReadWeights();
            }
            catch (Exception e) when (e is InvalidDataException or OnnxNotSupportedException or ArgumentException)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Theory, MemberData(nameof(Unreadable))]
    public void What_no_graph_describes_is_named(string name, Func<IMessage[]> parts, string message)
    {
        var error = Assert.Throws<OnnxNotSupportedException>(() => new OnnxArchitecture(Read(Model(14, parts()))));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(name);
    }

    private static NodeProto Conv(params AttributeProto[] attributes) => Node("Conv", "conv", ["images", "w"], "output", attributes);

    private static NodeProto Resize(string mode) => Node("Resize", "r", ["images", "", "s"], "output", Text("mode", mode));

    private static NodeProto Norm(params AttributeProto[] attributes) =>
        Node("BatchNormalization", "n", ["images", "a", "b", "m", "v"], "output", attributes);

    private static NodeProto Pool(string op, params AttributeProto[] attributes)
    {
        var stride = attributes.Any(attribute => attribute.Name == "strides") ? [] : new[] { Ints("strides", 2, 2) };
        return Node(op, "pool", ["images"], "output", [Ints("kernel_shape", 3, 3), .. stride, .. attributes]);
    }

    private static ModelProto Model(int opset, IMessage[] parts) =>
        Create([0, 3, Size, Size], [.. parts.OfType<NodeProto>()], [.. parts.OfType<TensorProto>()], opset);

    private static OnnxFile Read(ModelProto model) => OnnxFile.Read(new MemoryStream(model.ToByteArray()), "model.onnx", folder: null);
}
