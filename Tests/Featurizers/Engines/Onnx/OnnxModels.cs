using Google.Protobuf;
using TransferKit.Engines.Onnx.Proto;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

/// <summary>Builds small ONNX models with operators that TransferKit itself does not export.</summary>
internal static class OnnxModels
{
    /// <summary>Builds a model.</summary>
    /// <param name="input">The dimensions of the input <c>images</c>; 0 stands for any size.</param>
    /// <param name="nodes">The nodes, the last of which computes the output <c>output</c>.</param>
    /// <param name="initializers">The stored tensors.</param>
    /// <param name="opset">The operator set.</param>
    public static ModelProto Create(long[] input, NodeProto[] nodes, TensorProto[] initializers, int opset = 13)
    {
        var dimensions = input.Select(size => size == 0 ? Dimension("any") : Dimension(size));
        return new ModelProto
        {
            IrVersion = 8,
            OpsetImport =
            {
                new OperatorSetIdProto { Domain = "", Version = opset },
                new OperatorSetIdProto { Domain = "com.example", Version = 1 },
            },
            Graph = new GraphProto
            {
                Name = "test",
                Input = { ValueInfo("images", dimensions) },
                Output = { new ValueInfoProto { Name = "output", Type = FloatOfAnyShape } },
                Node = { nodes },
                Initializer = { initializers },
            },
        };
    }

    private static TypeProto FloatOfAnyShape => new()
    {
        TensorType = new TypeProto.Types.Tensor { ElemType = (int)TensorProto.Types.DataType.Float },
    };

    /// <summary>Returns pseudorandom weights from -0.5 to 0.5.</summary>
    public static TensorProto Values(string name, params int[] dimensions)
    {
        int count = dimensions.Aggregate(1, (product, size) => product * size);
        float[] values = [.. Enumerable.Range(0, count).Select(i => MathF.Sin(17 * i + name.Length) / 2)];
        return Tensor(name, dimensions, values);
    }

    /// <summary>A classifier of 5 classes with an LSTM, which no graph describes: its features are 4 numbers.</summary>
    /// <param name="batch">The size of the batch; 0 for any.</param>
    public static ModelProto WithLstm(long batch = 0) => Create([batch, 3, 16, 16],
    [
        Node("Conv", "conv", ["images", "conv.weight"], "map", Ints("kernel_shape", 3, 3)),
        Node("GlobalAveragePool", "pool", ["map"], "pooled"),
        Node("Squeeze", "squeeze", ["pooled", "two.three"], "vector"),
        Node("Unsqueeze", "unsqueeze", ["vector", "zero"], "sequence"),
        new NodeProto
        {
            OpType = "LSTM", Name = "lstm_1", Input = { "sequence", "w", "r" }, Output = { "", "state" },
            Attribute = { Int("hidden_size", 4) },
        },
        Node("Squeeze", "squeeze_1", ["state", "zero"], "features_4"),
        Node("Gemm", "classifier", ["features_4", "fc.weight"], "output", Int("transB", 1)),
    ],
    [
        Values("conv.weight", 6, 3, 3, 3), Values("w", 1, 16, 6), Values("r", 1, 16, 4), Values("fc.weight", 5, 4),
        Integers("two.three", 2, 3), Integers("zero", 0),
    ]);

    /// <summary>Writes a model to a file.</summary>
    public static string Write(this ModelProto model, TemporaryFolder folder, string name = "model.onnx")
    {
        File.WriteAllBytes(folder.File(name), model.ToByteArray());
        return folder.File(name);
    }
}
