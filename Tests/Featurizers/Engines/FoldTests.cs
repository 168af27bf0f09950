using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Tests.Featurizers.Backbones;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Engines;

public class FoldTests
{
    [Fact]
    public void Folding_removes_batch_normalization_and_changes_nothing_else()
    {
        var graph = Registry.Get("resnet18").Build(5, 64);
        var network = new Network(graph, RecordedOutputs.Read("resnet18").Weights(graph));
        var folded = network.FoldBatchNorm();
        Assert.DoesNotContain(folded.Graph.Nodes, node => node.Operator is BatchNorm);
        Assert.Equal(graph.Nodes.Count - graph.Nodes.Count(node => node.Operator is BatchNorm), folded.Graph.Nodes.Count);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using TorchNetwork before = new(network), after = new(folded);
        before.eval();
        after.eval();
        var x = randn(2, 3, 64, 64);
        Close.Equal(before.forward(x).data<float>().ToArray(), after.forward(x).data<float>().ToArray(), 1e-4, "folded");
    }

    [Fact]
    public void Batch_normalization_after_a_convolution_that_another_node_reads_is_not_folded()
    {
        var graph = Graph.Build(g =>
        {
            var shared = g.Input(3, 8, 8).Conv("conv", 4, 3);
            return shared.BatchNorm("bn").Activate(new Relu6()) + shared;
        });
        var network = new Network(graph, RecordedOutputs.Read("resnet18").Weights(graph));
        Assert.Contains(network.FoldBatchNorm().Graph.Nodes, node => node.Name == "bn");
        float[] image = [.. Enumerable.Range(0, 192).Select(i => MathF.Sin(i))];
        float[] expected = new float[256], actual = new float[256];
        using var torchEngine = new TorchInference(network);
        using var onnxEngine = new OnnxInference(network);
        torchEngine.Run(image, 1, expected);
        onnxEngine.Run(image, 1, actual);
        Close.Equal(expected, actual, 1e-5, "unfolded");
    }
}
