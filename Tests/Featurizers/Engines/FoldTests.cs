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

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public void Layer_scale_is_folded_where_it_alone_reads_a_linear_layer(bool isReadTwice, int remaining)
    {
        var graph = Graph.Build(g =>
        {
            var linear = g.Input(4, 3, 3).Add("tokens", new ToTokens()).Linear("fc", 4);
            var scaled = linear.Add("map", new ToMap(3, 3)).Add("scale", new LayerScale("", IsMap: true));
            return isReadTwice ? scaled + linear.Add("other", new ToMap(3, 3)) : scaled;
        });
        var network = new Network(graph, FillRule.Fill(graph.State, "", gain: 1));
        var folded = network.FoldLayerScale();
        Assert.Equal(remaining, folded.Graph.Nodes.Count(node => node.Operator is LayerScale));
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        using TorchNetwork before = new(network), after = new(folded);
        var x = randn(2, 4, 3, 3);
        Close.Equal(before.forward(x).data<float>().ToArray(), after.forward(x).data<float>().ToArray(), 1e-5, "folded");
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
