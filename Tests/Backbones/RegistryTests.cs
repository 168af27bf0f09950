using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Backbones;

/// <summary>Every registered model against its recorded reference, in both engines.</summary>
public class RegistryTests
{
    public static TheoryData<string> Names => [.. Registry.All.Select(b => b.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Structure_equals_the_reference(string name)
    {
        var zoo = Zoo.Read(name);
        var graph = Registry.Get(name).Build();
        Assert.Equal(zoo.State.OrderBy(s => s.Key).Select(s => $"{s.Key} {TensorData.Describe(s.Value)}"),
            graph.State.OrderBy(s => s.Key).Select(s => $"{s.Key} {TensorData.Describe(s.Parameter.Dimensions)}"));
        var summary = Summary.Of(graph);
        Assert.Equal(zoo.Parameters, summary.Parameters);
        Assert.Equal(zoo.Macs, summary.MultiplyAccumulates);
        Assert.Equal(new Shape(zoo.FeatureWidth), graph.Find("features").Shape);
        Assert.Same(graph.Output, graph.Find("logits"));
    }

    [Theory, MemberData(nameof(Names))]
    public void The_Torch_module_computes_what_the_reference_does(string name)
    {
        var zoo = Zoo.Read(name);
        var graph = Registry.Get(name).Build();
        var network = new Network(graph, zoo.Fill(graph));
        using var body = new TorchNetwork(network.Until("features"));
        using var head = new TorchNetwork(network.From("features"));
        body.eval();
        head.eval();
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        using var x = tensor(zoo.Images(224), [2, .. graph.Input.Shape.Dimensions]);
        var features = body.forward(x);
        Close.Equal(zoo.Features.SelectMany(v => v).ToArray(), features.data<float>().ToArray(), 1e-4, $"{name} features");
        Close.Equal(zoo.Logits.SelectMany(v => v).ToArray(), head.forward(features).data<float>().ToArray(), 1e-4, $"{name} logits");
    }

    [Theory, MemberData(nameof(Names))]
    public void Frozen_networks_compute_what_the_reference_does(string name)
    {
        var zoo = Zoo.ReadCalm(name);
        var graph = Registry.Get(name).Build();
        var network = new Network(graph, zoo.Fill(graph));
        float[] images = zoo.Images(224), fromOnnx, fromTorch;
        Close.Equal(zoo.Features.SelectMany(v => v).ToArray(), fromOnnx = FrozenRun.Of(new OnnxNetwork(network.Until("features"), threads: 2), images), 1e-4, $"{name} features, ONNX Runtime");
        Close.Equal(zoo.Logits.SelectMany(v => v).ToArray(), FrozenRun.Of(new OnnxNetwork(network, threads: 2), images), 1e-4, $"{name} logits, ONNX Runtime");
        Close.Equal(zoo.Features.SelectMany(v => v).ToArray(), fromTorch = FrozenRun.Of(new TorchFrozen(network.Until("features")), images), 1e-4, $"{name} features, Torch");
        Close.Equal(fromTorch, fromOnnx, 1e-4, $"{name} features, ONNX Runtime against Torch");
    }

    [Theory, MemberData(nameof(Names))]
    public void Weights_have_what_a_user_needs(string name)
    {
        var backbone = Registry.Get(name);
        Assert.Contains(backbone.Weights, w => w.Tag == "IMAGENET1K_V1");
        Assert.NotNull(backbone.Best.Acc1);
        Assert.All(backbone.Weights, w => Assert.Matches("^[0-9a-f]{8}$", w.HashPrefix));
        Assert.StartsWith("arXiv:", backbone.Paper, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_name_is_answered_with_the_nearest()
    {
        var error = Assert.Throws<ArgumentException>(() => Registry.Get("resnet51"));
        Assert.Equal($"Unknown backbone 'resnet51'. Did you mean resnet50? `transferkit models` lists all {Registry.All.Count}.", error.Message);
    }
}
