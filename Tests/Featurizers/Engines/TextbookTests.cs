using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Engines;

/// <summary>The figures that textbooks give for the classic networks, from the count engine.</summary>
public class TextbookTests
{
    [Theory]
    [InlineData("lenet5", 10, 1, 61_706)]
    [InlineData("lenet5_tanh", 10, 1, 61_706)]
    [InlineData("alexnet", 1000, 3, 61_100_840)]
    [InlineData("vgg16", 1000, 3, 138_357_544)]
    [InlineData("googlenet", 1000, 3, 13_004_888)]
    public void Parameters(string name, int classes, int channels, long expected) =>
        Assert.Equal(expected, Summary.Of(Registry.Get(name).Build(classes, channels: channels)).Parameters);

    /// <summary>Without its auxiliary classifiers, GoogLeNet has about 6.6 million.</summary>
    [Fact]
    public void GoogLeNet_without_auxiliary_classifiers() =>
        Assert.Equal(6_624_904, Summary.Of(Registry.Get("googlenet").Build().Until("logits")).Parameters);

    [Fact]
    public void LeNets_layers_are_those_counted_by_hand()
    {
        var summary = Summary.Of(Registry.Get("lenet5").Build(channels: 1));
        Assert.Equal([("conv1", 6 * 25 + 6), ("conv2", 16 * 6 * 25 + 16), ("fc3", 400 * 120 + 120), ("fc4", 120 * 84 + 84), ("fc5", 84 * 10 + 10)],
            summary.Nodes.Where(n => n.Parameters > 0).Select(n => (n.Name, (int)n.Parameters)));
        Assert.Equal(["6x28x28", "16x10x10"], summary.Nodes.Where(n => n.Kind == "conv").Select(n => $"{n.Shape}"));
    }

    /// <summary>5x5 from 512 to 64 channels, straight and by way of 24: the reason for Inception's 1x1.</summary>
    [Fact]
    public void A_1x1_reduction_saves_what_Inception_is_built_on()
    {
        Assert.Equal(819_200, Weights(512, x => x.Conv("5x5", 64, 5)));
        Assert.Equal(50_688, Weights(512, x => x.Conv("1x1", 24, 1).Conv("5x5", 64, 5)));
    }

    /// <summary>Two 3x3 on 256 channels, and 1x1 to 64, 3x3, 1x1 to 256.</summary>
    [Fact]
    public void A_bottleneck_saves_what_deep_residual_networks_are_built_on()
    {
        Assert.Equal(1_179_648, Weights(256, x => x.Conv("a", 256, 3).Conv("b", 256, 3)));
        Assert.Equal(69_632, Weights(256, x => x.Conv("a", 64, 1).Conv("b", 64, 3).Conv("c", 256, 1)));
    }

    [Fact]
    public void Two_3x3_see_what_a_5x5_sees_for_18_weights_instead_of_25()
    {
        Func<Value, Value> twice = x => x.Conv("a", 7, 3).Conv("b", 7, 3), once = x => x.Conv("a", 7, 5);
        Assert.Equal((18 * 49, 25 * 49), (Weights(7, twice), Weights(7, once)));
        Assert.Equal(Field(once), Field(twice));
    }

    /// <summary>A separable convolution to N channels costs 1/N + 1/9 of a 3x3.</summary>
    [Theory]
    [InlineData("blocks.0.0", 64)]
    [InlineData("blocks.2.1", 256)]
    [InlineData("blocks.4.1", 1024)]
    public void MobileNets_separable_convolutions_cost_a_ninth_and_a_bit(string block, int channels)
    {
        var graph = Registry.Get("mobilenetv1_100").Build();
        var counts = Summary.Of(graph).Nodes.Where(n => n.Name.StartsWith(block + ".", StringComparison.Ordinal)).ToArray();
        var depthwise = graph.Find(block + ".conv_dw");
        long whole = 9L * depthwise.Shape.Count * channels;
        Assert.Equal(channels, counts[^1].Shape.Channels);
        Assert.Equal(1.0 / channels + 1.0 / 9, (double)counts.Sum(n => n.MultiplyAccumulates) / whole, 1e-12);
    }

    /// <summary>He et al. 2016 moved normalizations only: the convolutions are those of the first ResNets.</summary>
    [Theory]
    [InlineData(18)]
    [InlineData(34)]
    [InlineData(50)]
    [InlineData(101)]
    [InlineData(152)]
    public void Pre_activation_costs_nothing(int depth) =>
        Assert.Equal(Summary.Of(Registry.Get($"resnet{depth}").Build()).MultiplyAccumulates, Summary.Of(Registry.Get($"resnetv2_{depth}").Build()).MultiplyAccumulates);

    /// <summary>Section 6 of the SqueezeNet paper: wires around every second Fire module cost nothing, and 1x1 convolutions go around the others.</summary>
    [Fact]
    public void Bypasses_go_around_SqueezeNets_Fire_modules()
    {
        Graph plain = Registry.Get("squeezenet1_0").Build(), simple = Registry.Get("squeezenet1_0_bypass").Build(), complex = Registry.Get("squeezenet1_0_complex_bypass").Build();
        Assert.Equal(plain.State.Select(s => s.Key), simple.State.Select(s => s.Key));
        Assert.Equal(["features.4.add", "features.7.add", "features.9.add", "features.12.add"], simple.Nodes.Where(n => n.Operator is Add).Select(n => n.Name));
        Assert.Equal(8, complex.Nodes.Count(n => n.Operator is Add));
        Assert.Equal(["features.3.bypass", "features.5.bypass", "features.8.bypass", "features.10.bypass"], complex.Nodes.Where(n => n.Name.EndsWith(".bypass", StringComparison.Ordinal)).Select(n => n.Name));
        Assert.Equal(1_248_424 + 96 * 128 + 128 + 128 * 256 + 256 + 256 * 384 + 384 + 384 * 512 + 512, Summary.Of(complex).Parameters);
    }

    private static long Weights(int channels, Func<Value, Value> layers) => Summary.Of(Graph.Build(g => layers(g.Input(channels, 14, 14)))).Parameters;

    private static ReceptiveField Field(Func<Value, Value> layers) => Summary.Of(Graph.Build(g => layers(g.Input(7, 14, 14)))).Nodes[^1].ReceptiveField;
}
