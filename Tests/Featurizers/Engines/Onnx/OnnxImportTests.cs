using Google.Protobuf;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Onnx.Import;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Engines.Onnx;

public class OnnxImportTests
{
    private const int MostParameters = 15_000_000;

    /// <summary>
    /// The smallest network of each paper, where it is not too large: the larger ones have the same operators. Those of transformers are
    /// not read as graphs.
    /// </summary>
    public static TheoryData<string> Names =>
        [.. Registry.All.Where(b => b.Build().Nodes.All(node => node.Shape.Tokens == 0)).GroupBy(b => b.Paper)
            .Select(Smallest).Where(n => n.Parameters < MostParameters).Select(n => n.Name)];

    private static (string Name, long Parameters) Smallest(IEnumerable<Backbone> family) =>
        family.Select(b => (b.Name, Summary.Of(b.Build()).Parameters)).MinBy(n => n.Parameters);

    /// <summary>TransferKit's own graph in the metadata is removed, so that the operators of the file are read.</summary>
    [Theory, MemberData(nameof(Names))]
    public void An_exported_network_is_read_from_its_operators(string name)
    {
        var graph = Registry.Get(name).Build(classes: 7).UntilOutput();
        var network = new Network(graph, RandomWeights.For(graph, seed: 1));
        using var stream = new MemoryStream();
        OnnxExport.Write(network, stream);
        var model = ModelProto.Parser.ParseFrom(stream.ToArray());
        model.MetadataProps.Clear();
        var file = OnnxFile.Read(new MemoryStream(model.ToByteArray()), name, folder: null);
        var architecture = new OnnxArchitecture(file);
        var imported = architecture.ReadNetwork();
        // Dropout is not exported, so nothing but the operators of inference is there to be read.
        Assert.Equal(Operators(network.FoldBatchNorm().Graph), Operators(imported.Graph));
        float[] images = [.. Enumerable.Range(0, graph.Input.Shape.Count).Select(i => MathF.Sin(i))];
        float[] expected = FrozenRun.Of(new OnnxInference(network), images), actual = FrozenRun.Of(new OnnxInference(imported), images);
        Close.Equal(expected, actual, 1e-5, name);
    }

    private static IEnumerable<string> Operators(Graph graph) => graph.Nodes
        .Where(node => node.Operator is not (Dropout or StochasticDepth))
        .Where(node => node.Operator is not AdaptiveAveragePool { Size: > 1 } || node.Shape != node.Inputs[0].Shape)
        .Select(node => $"{node.Operator.Kind} {node.Shape}");
}
