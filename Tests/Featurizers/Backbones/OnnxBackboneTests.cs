using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Tests.Featurizers.Engines.Onnx;
using TransferKit.Weights;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Tests.Featurizers.Backbones;

/// <summary>Reads backbones from ONNX files that other programs could have written.</summary>
public class OnnxBackboneTests
{
    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 16, Crop = 16 };

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void A_model_that_no_graph_describes_gives_frozen_features(int batch)
    {
        using var folder = new TemporaryFolder();
        string path = OnnxModels.WithLstm(batch).Write(folder);
        var pretrained = Pretrained.Load(path, preprocessing: Small);
        float[] images = [.. Enumerable.Range(0, 3 * 3 * 16 * 16).Select(i => MathF.Sin(i))];
        // The input of the last linear layer, and any value by its name.
        foreach (var (node, value) in new[] { ("features", "features_4"), ("map", "map"), ("pooled", "pooled"), ("output", "output") })
        {
            float[] expected = [.. images.Chunk(3 * 16 * 16).SelectMany(image => Run(path, value, image))];
            Close.Equal(expected, FrozenRun.Of(new OnnxInference(pretrained.Network.Until(node)), images), 1e-6, node);
        }
        var graph = pretrained.Network.Graph;
        Assert.Equal(new Shape(4), graph.Find("features").Shape);
        // "sequence" has the batch as its second dimension.
        Assert.Contains("Did you mean", Assert.Throws<ArgumentException>(() => graph.Find("featuers_4")).Message, StringComparison.Ordinal);
        if (batch == 0)
            Assert.Throws<ArgumentException>(() => graph.Find("sequence"));
    }

    [Fact]
    public void What_needs_a_graph_names_the_operator_in_the_way()
    {
        using var folder = new TemporaryFolder();
        var pretrained = Pretrained.Load(OnnxModels.WithLstm().Write(folder), classes: 2, preprocessing: Small);
        string message = Assert.Throws<ArgumentException>(() => new TorchNetwork(pretrained.Network)).Message;
        Assert.Contains("operator LSTM (node 'lstm_1')", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_network_with_a_model_inside_is_exported_and_read_back()
    {
        using var folder = new TemporaryFolder();
        var features = Pretrained.Load(OnnxModels.WithLstm().Write(folder), preprocessing: Small).Network.Until("features");
        var network = features.WithLinear([[1, 2, 3, 4], [4, 3, 2, -1]], [0.5f, 1], unitLength: true);
        using var stream = new MemoryStream();
        OnnxExport.Write(network, stream, new OnnxOptions { Normalization = Small });
        var (read, preprocessing) = OnnxReader.Read(stream.ToArray());
        Assert.Equal(Small, preprocessing);
        float[] images = [.. Enumerable.Range(0, 2 * 3 * 16 * 16).Select(i => MathF.Sin(i))];
        float[] expected = FrozenRun.Of(new OnnxInference(network), images);
        Assert.Equal(4, expected.Distinct().Count());
        Close.Equal(expected, FrozenRun.Of(new OnnxInference(read), images), 1e-6, "read back");
        // Both values of one model in one run.
        var whole = Pretrained.Load(OnnxModels.WithLstm().Write(folder), preprocessing: Small).Network;
        var both = new Network(whole.Graph.With(last => Value(last, "output").Concat(Value(last, "features_4"))), whole.Weights);
        float[] scores = FrozenRun.Of(new OnnxInference(whole.Until("output")), images);
        Assert.Equal(scores[..5], FrozenRun.Of(new OnnxInference(both), images)[..5]);

        Value Value(Value last, string name) => new(last.Graph, whole.Graph.Find(name));
    }

    [Fact]
    public void A_model_that_ONNX_Runtime_does_not_run_is_refused()
    {
        using var folder = new TemporaryFolder();
        var model = OnnxModels.Create([0, 3, 16, 16],
            [Node("GlobalAveragePool", "pool", ["images"], "pooled"), Node("Frobnicate", "odd", ["pooled"], "output")], []);
        model.Graph.Node[1].Domain = "com.example";
        string message = Assert.Throws<InvalidDataException>(() => OnnxBackbone.Read(model.Write(folder))).Message;
        Assert.Contains("ONNX Runtime does not run it", message, StringComparison.Ordinal);
        Assert.Contains("Frobnicate", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Channels_may_come_last_as_in_TensorFlow()
    {
        using var folder = new TemporaryFolder();
        var model = OnnxModels.Create([0, 16, 16, 3],
        [
            Node("Transpose", "nchw", ["images"], "first", Ints("perm", 0, 3, 1, 2)),
            Node("Conv", "conv", ["first", "weight"], "map", Text("auto_pad", "SAME_UPPER"), Ints("strides", 2, 2)),
            Node("Transpose", "nhwc", ["map"], "last", Ints("perm", 0, 2, 3, 1)),
            Node("Add", "bias", ["last", "bias.value"], "sum"),
            Node("Clip", "relu6", ["sum", "zero", "six"], "activated"),
            Node("ReduceMean", "mean", ["activated"], "pooled", Ints("axes", 1, 2), Int("keepdims", 1)),
            Node("Squeeze", "squeeze", ["pooled", "one.two"], "vector"),
            Node("MatMul", "fc", ["vector", "fc.weight"], "product"),
            Node("Add", "fc_bias", ["product", "fc.bias"], "logits"),
            Node("Softmax", "softmax", ["logits"], "output"),
        ],
        [
            OnnxModels.Values("weight", 4, 3, 3, 3), OnnxModels.Values("bias.value", 4), OnnxModels.Values("fc.weight", 4, 5),
            OnnxModels.Values("fc.bias", 5), Integers("one.two", 1, 2), Tensor("zero", [], [0f]), Tensor("six", [], [6f]),
        ]);
        string path = model.Write(folder);
        var backbone = OnnxBackbone.Read(path);
        Assert.Equal((16, 5), (backbone.InputSize, backbone.Classes));
        var network = Pretrained.Load(backbone, preprocessing: Small).Network;
        Assert.DoesNotContain(network.Graph.Nodes, node => node.Operator is OnnxModel);
        // The graph has channels first; its logits are those before the softmax.
        float[] channelsFirst = [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => MathF.Sin(i))];
        float[] channelsLast = [.. Enumerable.Range(0, 3 * 16 * 16).Select(i => channelsFirst[i % 3 * 256 + i / 3])];
        float[] expected = Run(path, "logits", channelsLast, 1, 16, 16, 3);
        Close.Equal(expected, FrozenRun.Of(new OnnxInference(network.Until("logits")), channelsFirst), 1e-5, "logits");
        Close.Equal(expected, FrozenRun.Of(new TorchInference(network.Until("logits")), channelsFirst), 1e-5, "logits, Torch");
    }

    [Fact]
    public void Inputs_that_are_no_images_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        var node = Node("Relu", "relu", ["images"], "output");
        var two = OnnxModels.Create([0, 3, 16, 16], [node], []);
        two.Graph.Input.Add(ValueInfo("text", Dimension(7)));
        Assert.Contains("2 inputs ('images', 'text')", Error(two), StringComparison.Ordinal);
        Assert.Contains("shape any x 7: it must be batch x channels",
            Error(OnnxModels.Create([0, 7], [node], [])), StringComparison.Ordinal);
        Assert.Contains("16 x 20 pixels", Error(OnnxModels.Create([0, 3, 16, 20], [node], [])), StringComparison.Ordinal);
        Assert.Contains("batches of exactly 4", Error(OnnxModels.WithLstm(batch: 4)), StringComparison.Ordinal);

        string Error(TransferKit.Engines.Onnx.Proto.ModelProto model) =>
            Assert.Throws<InvalidDataException>(() => OnnxBackbone.Read(model.Write(folder))).Message;
    }

    [Fact]
    public void The_preprocessing_is_the_file_s_or_must_be_given()
    {
        using var folder = new TemporaryFolder();
        string path = OnnxModels.WithLstm().Write(folder);
        string message = Assert.Throws<ArgumentException>(() => Pretrained.Load(path)).Message;
        Assert.Contains("does not say how images are prepared", message, StringComparison.Ordinal);
        File.WriteAllText(folder.File("config.json"),
            """{"architecture":"x","pretrained_cfg":{"input_size":[3,16,16],"mean":[0.1,0.2,0.3],"std":[0.5,0.5,0.5],"crop_pct":0.8}}""");
        Assert.Equal([0.1f, 0.2f, 0.3f], Pretrained.Load(path).Preprocessing.Mean);
        // A description that cannot be used is no obstacle where the options give the preprocessing.
        File.WriteAllText(folder.File("config.json"),
            """{"architecture":"x","pretrained_cfg":{"input_size":[3,16,16],"crop_mode":"border"}}""");
        Assert.Contains("border", Assert.Throws<ArgumentException>(() => Pretrained.Load(path)).Message, StringComparison.Ordinal);
        Assert.Equal(Small, Pretrained.Load(path, preprocessing: Small).Preprocessing);
        // What TransferKit exports takes levels from 0 to 255.
        var graph = Registry.Get("lenet5").Build(5, channels: 3);
        OnnxExport.Write(new Network(graph, RandomWeights.For(graph)), folder.File("own.onnx"),
            new OnnxOptions { Normalization = Preprocessing.ImageNet with { Resize = 40, Crop = 32 } });
        var own = Pretrained.Load(folder.File("own.onnx")).Preprocessing;
        Assert.Equal((40, 32, 0f, 1 / 255f), (own.Resize, own.Crop, own.Mean[0], own.Std[0]));
    }

    private static float[] Run(string path, string value, float[] image, params int[] dimensions)
    {
        var model = TransferKit.Engines.Onnx.Proto.ModelProto.Parser.ParseFrom(File.ReadAllBytes(path));
        if (value != "output")
            model.Graph.Output.Add(new TransferKit.Engines.Onnx.Proto.ValueInfoProto { Name = value });
        using var session = new InferenceSession(Google.Protobuf.MessageExtensions.ToByteArray(model));
        var input = new DenseTensor<float>(image, dimensions.Length > 0 ? dimensions : [1, 3, 16, 16]);
        using var outputs = session.Run([NamedOnnxValue.CreateFromTensor("images", input)], [value]);
        return [.. outputs[0].AsEnumerable<float>()];
    }
}
