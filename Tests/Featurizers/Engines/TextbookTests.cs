using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Engines;

/// <summary>Checks the summary against the figures that textbooks give for the classic networks.</summary>
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

    /// <summary>Without its auxiliary classifiers, GoogLeNet has about 6.6 million parameters.</summary>
    [Fact]
    public void GoogLeNet_without_auxiliary_classifiers() =>
        Assert.Equal(6_624_904, Summary.Of(Registry.Get("googlenet").Build().Until("logits")).Parameters);

    [Fact]
    public void The_layers_of_LeNet_are_those_counted_by_hand()
    {
        var summary = Summary.Of(Registry.Get("lenet5").Build(channels: 1));
        (string, int)[] expected =
        [
            ("conv1", 6 * 25 + 6), ("conv2", 16 * 6 * 25 + 16), ("fc3", 400 * 120 + 120), ("fc4", 120 * 84 + 84), ("fc5", 84 * 10 + 10),
        ];
        Assert.Equal(expected, summary.Nodes.Where(node => node.Parameters > 0).Select(node => (node.Name, (int)node.Parameters)));
        Assert.Equal(["6x28x28", "16x10x10"], summary.Nodes.Where(node => node.Kind == "conv").Select(node => $"{node.Shape}"));
    }

    /// <summary>A 5x5 convolution from 512 to 64 channels, directly and after a 1x1 convolution to 24: the idea of Inception.</summary>
    [Fact]
    public void A_1x1_reduction_saves_the_parameters_that_Inception_saves()
    {
        Assert.Equal(819_200, CountParameters(512, x => x.Conv("5x5", 64, 5)));
        Assert.Equal(50_688, CountParameters(512, x => x.Conv("1x1", 24, 1).Conv("5x5", 64, 5)));
    }

    /// <summary>Two 3x3 convolutions on 256 channels, and the bottleneck of 1x1 to 64, 3x3, and 1x1 to 256.</summary>
    [Fact]
    public void A_bottleneck_saves_the_parameters_that_deep_residual_networks_save()
    {
        Assert.Equal(1_179_648, CountParameters(256, x => x.Conv("a", 256, 3).Conv("b", 256, 3)));
        Assert.Equal(69_632, CountParameters(256, x => x.Conv("a", 64, 1).Conv("b", 64, 3).Conv("c", 256, 1)));
    }

    [Fact]
    public void Two_3x3_convolutions_see_what_a_5x5_sees_with_18_weights_instead_of_25()
    {
        Func<Value, Value> two3x3 = x => x.Conv("a", 7, 3).Conv("b", 7, 3), one5x5 = x => x.Conv("a", 7, 5);
        Assert.Equal((18 * 49, 25 * 49), (CountParameters(7, two3x3), CountParameters(7, one5x5)));
        Assert.Equal(OutputField(one5x5), OutputField(two3x3));
    }

    /// <summary>A depthwise separable convolution to N channels costs 1/N + 1/9 of a 3x3 convolution.</summary>
    [Theory]
    [InlineData("blocks.0.0", 64)]
    [InlineData("blocks.2.1", 256)]
    [InlineData("blocks.4.1", 1024)]
    public void The_separable_convolutions_of_MobileNet_cost_little_more_than_a_ninth(string block, int channels)
    {
        var graph = Registry.Get("mobilenetv1_100").Build();
        var nodes = Summary.Of(graph).Nodes.Where(node => node.Name.StartsWith(block + ".", StringComparison.Ordinal)).ToArray();
        var depthwise = graph.Find(block + ".conv_dw");
        long macsOf3x3 = 9L * depthwise.Shape.Count * channels;
        Assert.Equal(channels, nodes[^1].Shape.Channels);
        Assert.Equal(1.0 / channels + 1.0 / 9, (double)nodes.Sum(node => node.MultiplyAccumulates) / macsOf3x3, 1e-12);
    }

    /// <summary>He et al. 2016 moved only the batch normalization: the convolutions are those of the first ResNets.</summary>
    [Theory]
    [InlineData(18)]
    [InlineData(34)]
    [InlineData(50)]
    [InlineData(101)]
    [InlineData(152)]
    public void Pre_activation_costs_nothing(int depth)
    {
        var original = Summary.Of(Registry.Get($"resnet{depth}").Build());
        var preActivation = Summary.Of(Registry.Get($"resnetv2_{depth}").Build());
        Assert.Equal(original.MultiplyAccumulates, preActivation.MultiplyAccumulates);
    }

    /// <summary>
    /// Section 6 of the SqueezeNet paper: simple bypasses around every second Fire module cost nothing; complex bypasses are 1x1
    /// convolutions around the others.
    /// </summary>
    [Fact]
    public void Bypasses_go_around_the_Fire_modules_of_SqueezeNet()
    {
        var plain = Registry.Get("squeezenet1_0").Build();
        var simple = Registry.Get("squeezenet1_0_bypass").Build();
        var complex = Registry.Get("squeezenet1_0_complex_bypass").Build();
        Assert.Equal(plain.State.Select(entry => entry.Key), simple.State.Select(entry => entry.Key));
        Assert.Equal(["features.4.add", "features.7.add", "features.9.add", "features.12.add"], Additions(simple));
        Assert.Equal(8, Additions(complex).Count());
        string[] bypasses = [.. complex.Nodes.Select(node => node.Name).Where(name => name.EndsWith(".bypass", StringComparison.Ordinal))];
        Assert.Equal(["features.3.bypass", "features.5.bypass", "features.8.bypass", "features.10.bypass"], bypasses);
        const int bypassParameters = 96 * 128 + 128 + 128 * 256 + 256 + 256 * 384 + 384 + 384 * 512 + 512;
        Assert.Equal(1_248_424 + bypassParameters, Summary.Of(complex).Parameters);

        static IEnumerable<string> Additions(Graph graph) => graph.Nodes.Where(node => node.Operator is Add).Select(node => node.Name);
    }

    private static long CountParameters(int channels, Func<Value, Value> layers) =>
        Summary.Of(Graph.Build(g => layers(g.Input(channels, 14, 14)))).Parameters;

    private static ReceptiveField OutputField(Func<Value, Value> layers) =>
        Summary.Of(Graph.Build(g => layers(g.Input(7, 14, 14)))).Nodes[^1].ReceptiveField;
}
