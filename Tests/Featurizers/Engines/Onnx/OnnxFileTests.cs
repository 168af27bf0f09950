using Google.Protobuf;
using TransferKit.Backbones;
using TransferKit.Engines.Onnx.Import;
using TransferKit.Engines.Onnx.Proto;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

/// <summary>Broken files end in one clear error before ONNX Runtime sees them.</summary>
public class OnnxFileTests
{
    private static readonly NodeProto Relu = Node("Relu", "relu", ["images"], "output");

    public static TheoryData<string, Func<IMessage>, string> Broken => new()
    {
        { "no graph", () => new ModelProto { IrVersion = 8 }, "no graph with nodes" },
        { "old operators", () => Model([Relu], [], opset: 6), "operator set 6: it must be from 7 to 21" },
        { "new operators", () => Model([Relu], [], opset: 22), "operator set 22" },
        {
            "a cycle", () => Model([Node("Add", "a", ["images", "later"], "sum"), Node("Relu", "b", ["sum"], "later")], []),
            "reads 'later', which no node before it computes"
        },
        { "a value computed twice", () => Model([Relu, Node("Tanh", "tanh", ["images"], "output")], []), "computed twice" },
        { "a missing output", () => Model([Node("Relu", "relu", ["images"], "other")], []), "no node computes the output 'output'" },
        { "two initializers of one name", () => Model([Relu], [Weights, Weights]), "'w' is there twice" },
        { "a huge tensor", () => Model([Relu], [Empty(1L << 40)]), "not possible" },
        { "a huge product of dimensions", () => Model([Relu], [Empty(1 << 20, 1 << 20)]), "not possible" },
        { "too few values", () => Model([Relu], [Empty(100)]), "takes 100 values, but 0 are stored" },
        { "a negative dimension", () => Model([Relu], [Empty(-1)]), "not possible" },
        { "external data outside", () => Model([Relu], [External("../secret.bin")]), "must lie in the folder of the model" },
        { "external data at a full path", () => Model([Relu], [External("/etc/passwd")]), "must lie in the folder of the model" },
        { "missing external data", () => Model([Relu], [External("nothing.bin")]), "'nothing.bin' beside it, which is missing" },
        { "short external data", () => Model([Relu], [External("short.bin", ("length", "400"))]), "which has 3" },
        { "a negative offset", () => Model([Relu], [External("short.bin", ("offset", "-1"))]), "which has 3" },
        { "an offset that is no number", () => Model([Relu], [External("short.bin", ("offset", "x"))]), "offset 'x'" },
        { "a broken tensor in a node", () => Model([Constant()], []), "not possible" },
        {
            "a broken graph in a node",
            () => Model([If(new GraphProto { Node = { Node("Relu", "inner", ["nothing"], "x") } })], []),
            "reads 'nothing'"
        },
    };

    private static TensorProto Weights => OnnxModels.Values("w", 3);

    [Theory, MemberData(nameof(Broken))]
    public void A_broken_model_is_refused(string name, Func<IMessage> create, string message)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllBytes(folder.File("short.bin"), [1, 2, 3]);
        string path = ((ModelProto)create()).Write(folder);
        var error = Assert.Throws<InvalidDataException>(() => OnnxBackbone.Read(path));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Contains("model.onnx", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(name);
    }

    /// <summary>Any part of a model, with bytes changed at random, is read or refused: nothing else is thrown.</summary>
    [Fact]
    public void Truncated_and_changed_files_are_read_or_refused()
    {
        byte[] bytes = OnnxModels.WithLstm().ToByteArray();
        for (int length = 0; length < bytes.Length; length += 7)
            Read(bytes[..length]);
        var random = new Random(5);
        for (int i = 0; i < 2000; i++)
        {
            byte[] changed = [.. bytes];
            for (int j = random.Next(1, 4); j > 0; j--)
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            Read(changed);
        }

        static void Read(byte[] content)
        {
            try
            {
                var file = OnnxFile.Read(new MemoryStream(content), "model.onnx", folder: null);
                _ = new OnnxArchitecture(file).ReadWeights();
            }
            catch (Exception e) when (e is InvalidDataException or OnnxNotSupportedException or ArgumentException)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Fact]
    public void Nested_attributes_without_end_are_refused_at_once()
    {
        var graph = new GraphProto { Node = { Relu } };
        for (int i = 0; i < 200; i++)
            graph = new GraphProto { Node = { If(graph) } };
        byte[] bytes = new ModelProto { Graph = graph }.ToByteArray();
        var error = Assert.Throws<InvalidDataException>(() => OnnxFile.Read(new MemoryStream(bytes), "model.onnx", folder: null));
        Assert.Contains("'model.onnx' is not an ONNX model", error.Message, StringComparison.Ordinal);
    }

    private static ModelProto Model(NodeProto[] nodes, TensorProto[] initializers, int opset = 13) =>
        OnnxModels.Create([0, 3, 16, 16], nodes, initializers, opset);

    private static TensorProto External(string location, params (string Key, string Value)[] entries) => new()
    {
        Name = "w",
        Dims = { 100 },
        DataType = 1,
        DataLocation = TensorProto.Types.DataLocation.External,
        ExternalData =
        {
            new StringStringEntryProto { Key = "location", Value = location },
            entries.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }),
        },
    };

    private static NodeProto Constant() => new()
    {
        OpType = "Constant",
        Output = { "output" },
        Attribute = { new AttributeProto { Name = "value", T = new TensorProto { Dims = { 1L << 40 }, DataType = 1 } } },
    };

    private static NodeProto If(GraphProto branch) => new()
    {
        OpType = "If",
        Output = { "output" },
        Attribute = { new AttributeProto { Name = "then_branch", G = branch } },
    };

    private static TensorProto Empty(params long[] dimensions) =>
        new() { Name = "w", Dims = { dimensions }, DataType = 1, RawData = ByteString.Empty };
}
