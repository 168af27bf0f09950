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
    [InlineData("squeezenet1_0_complex_bypass", 8)]
    [InlineData("regnet_y_400mf", 16)]
    [InlineData("convnext_tiny", 18)]
    [InlineData("vit_tiny_patch16_224", 24, 1)]
    [InlineData("deit_tiny_distilled_patch16_224", 24, 1)]
    [InlineData("dinov2_vits14_reg", 24, 1)]
    [InlineData("clip_vit_b_32", 24, 1)]
    public void Probabilities_grow_linearly_with_depth(string name, int blocks, int branch = 0)
    {
        var graph = Registry.Get(name).Build().WithDropPath(0.4);
        double[] probabilities = [.. graph.Nodes.Select(node => node.Operator).OfType<StochasticDepth>().Select(drop => drop.Probability)];
        Assert.Equal(blocks, probabilities.Length);
        for (int i = 0; i < blocks; i++)
            Assert.Equal(0.4 * (i + 1) / blocks, probabilities[i], 1e-12);
        // The two classifiers of DeiT are added as vectors.
        var additions = graph.Nodes.Where(node => node.Operator is Add && !node.Shape.IsVector);
        Assert.All(additions, node => Assert.IsType<StochasticDepth>(node.Inputs[branch].Operator));
        Assert.All(additions, node => Assert.IsNotType<StochasticDepth>(node.Inputs[1 - branch].Operator));
        Assert.Equal(Registry.Get(name).Build().State.Select(entry => entry.Key), graph.State.Select(entry => entry.Key));
    }

    /// <summary>torchvision's rule for EfficientNet: the index of the block, from 0, over the number of blocks, times 0.2.</summary>
    [Fact]
    public void EfficientNet_has_stochastic_depth_of_its_own()
    {
        var drops = Registry.Get("efficientnet_b0").Build().Nodes.Where(node => node.Operator is StochasticDepth).ToArray();
        Assert.Equal(("features.2.1.stochastic_depth", 0.2 * 2 / 16), (drops[0].Name, Probability(drops[0])));
        Assert.Equal(("features.6.3.stochastic_depth", 0.2 * 14 / 16), (drops[^1].Name, Probability(drops[^1])));

        static double Probability(Node node) => ((StochasticDepth)node.Operator).Probability;
    }

    [Fact]
    public void Training_drops_whole_images_with_the_probability_and_scales_up_the_others()
    {
        using var module = ResidualBlock();
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        module.train();
        const int images = 4000;
        var branch = (module.forward(ones(images, 1, 2, 2)) - 1).reshape(images, 4);
        Assert.Equal(branch.min(1).values.data<float>().ToArray(), branch.max(1).values.data<float>().ToArray());
        float[] valueOfImage = [.. branch.data<float>().ToArray().Where((_, i) => i % 4 == 0)];
        Assert.All(valueOfImage, value => Assert.True(Math.Abs(value) < 1e-6 || Math.Abs(value - 1 / 0.7f) < 1e-6, $"{value}"));
        // Three standard deviations of a binomial fraction: 3 * sqrt(0.7 * 0.3 / 4000).
        Assert.Equal(0.7, valueOfImage.Count(value => value > 0) / (double)images, 0.022);
    }

    [Fact]
    public void Evaluation_drops_nothing()
    {
        using var module = ResidualBlock();
        using var scope = NewDisposeScope();
        module.eval();
        Assert.Equal(Enumerable.Repeat(2f, 12), module.forward(ones(3, 1, 2, 2)).data<float>().ToArray());
    }

    [Theory]
    [InlineData("resnet18", 1.0, "A drop path rate of 1 is invalid: it must be from 0 to below 1.")]
    [InlineData("resnet18", double.NaN, "A drop path rate of NaN is invalid: it must be from 0 to below 1.")]
    [InlineData("vgg11", 0.1, "Drop path needs residual blocks, and the network has none.")]
    public void Invalid_rates_and_networks_are_rejected(string name, double rate, string message)
    {
        var exception = Assert.Throws<ArgumentException>(() => Registry.Get(name).Build().WithDropPath(rate));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    // Computes relu(x) + x, the branch dropped with probability 0.3.
    private static TorchNetwork ResidualBlock()
    {
        var graph = Graph.Build(g =>
        {
            var x = g.Input(1, 2, 2);
            return x.Relu() + x;
        });
        return new TorchNetwork(new Network(graph.WithDropPath(0.3), new StateDict()));
    }
}
