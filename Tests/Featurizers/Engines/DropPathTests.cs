using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Engines;

public class DropPathTests
{
    [Theory]
    [InlineData("resnet18", 8)]
    [InlineData("resnetv2_50", 16)]
    [InlineData("seresnet50", 16)]
    [InlineData("mobilenet_v2", 10)]
    [InlineData("mnasnet1_0", 10)]
    [InlineData("xception", 12)]
    [InlineData("efficientnet_b0", 9)]
    public void Probabilities_grow_linearly_with_depth(string name, int blocks)
    {
        var graph = Registry.Get(name).Build().WithDropPath(0.4);
        var drops = graph.Nodes.Where(n => n.Operator is StochasticDepth).ToArray();
        Assert.Equal(blocks, drops.Length);
        Assert.All(drops.Index(), d => Assert.Equal(0.4 * (d.Index + 1) / blocks, ((StochasticDepth)d.Item.Operator).Probability, 1e-12));
        Assert.All(graph.Nodes.Where(n => n.Operator is Add), n => Assert.IsType<StochasticDepth>(n.Inputs[0].Operator));
        Assert.Equal(Registry.Get(name).Build().State.Select(s => s.Key), graph.State.Select(s => s.Key));
    }

    /// <summary>torchvision's rule for its own: the block's number over all blocks, from 0, times 0.2.</summary>
    [Fact]
    public void EfficientNet_has_its_own()
    {
        var drops = Registry.Get("efficientnet_b0").Build().Nodes.Where(n => n.Operator is StochasticDepth).ToArray();
        Assert.Equal(("features.2.1.stochastic_depth", 0.2 * 2 / 16), (drops[0].Name, ((StochasticDepth)drops[0].Operator).Probability));
        Assert.Equal(("features.6.3.stochastic_depth", 0.2 * 14 / 16), (drops[^1].Name, ((StochasticDepth)drops[^1].Operator).Probability));
    }

    /// <summary>An image's branch is dropped whole, as often as it should be, and what is kept makes up for it.</summary>
    [Fact]
    public void Training_drops_images_as_often_as_said()
    {
        using var module = Module();
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        module.train();
        const int images = 4000;
        var branch = (module.forward(ones(images, 1, 2, 2)) - 1).reshape(images, 4);
        Assert.Equal(branch.min(1).values.data<float>().ToArray(), branch.max(1).values.data<float>().ToArray());
        var kept = branch.data<float>().ToArray().Where((_, i) => i % 4 == 0).ToArray();
        Assert.All(kept, value => Assert.True(Math.Abs(value) < 1e-6 || Math.Abs(value - 1 / 0.7f) < 1e-6, $"{value}"));
        // Three deviations of a binomial share: 3 * sqrt(0.7 * 0.3 / 4000).
        Assert.Equal(0.7, kept.Count(v => v > 0) / (double)images, 0.022);
    }

    [Fact]
    public void Evaluation_computes_everything()
    {
        using var module = Module();
        using var scope = NewDisposeScope();
        module.eval();
        Assert.Equal(Enumerable.Repeat(2f, 12), module.forward(ones(3, 1, 2, 2)).data<float>().ToArray());
    }

    [Theory]
    [InlineData("resnet18", 1.0, "A drop path rate of 1 is impossible: it must be from 0 to below 1.")]
    [InlineData("resnet18", double.NaN, "A drop path rate of NaN is impossible: it must be from 0 to below 1.")]
    [InlineData("vgg11", 0.1, "Drop path needs residual blocks, and the network has none.")]
    public void What_cannot_be_is_quoted(string name, double rate, string message) =>
        Assert.StartsWith(message, Assert.Throws<ArgumentException>(() => Registry.Get(name).Build().WithDropPath(rate)).Message, StringComparison.Ordinal);

    // x + relu(x), with the only block dropped at 0.3.
    private static TorchNetwork Module() => new(new Network(Graph.Build(g =>
    {
        var x = g.Input(1, 2, 2);
        return x.Relu() + x;
    }).WithDropPath(0.3), new StateDict()));
}
