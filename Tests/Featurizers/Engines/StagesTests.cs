using TransferKit.Backbones;
using TransferKit.Engines;

namespace TransferKit.Tests.Featurizers.Engines;

public class StagesTests
{
    [Theory]
    [InlineData("resnet50", 1, "layer3.5.relu_2")]
    [InlineData("resnet50", 2, "layer2.3.relu_2")]
    [InlineData("mobilenet_v2", 1, "features.13.add")]
    [InlineData("vgg16", 1, "features.29")]
    [InlineData("vgg16", 5, "features.3")]
    [InlineData("googlenet", 1, "inception4e.concat")]
    [InlineData("efficientnet_b0", 1, "features.5.2.add")]
    public void The_last_stages_begin_where_feature_maps_shrink(string name, int count, string node) =>
        Assert.Equal(node, Registry.Get(name).Build().BeforeLastStages(count).Name);

    [Theory]
    [InlineData("resnetv2_50")]
    [InlineData("densenet121")]
    [InlineData("googlenet")]
    [InlineData("shufflenet_v2_x0_5")]
    [InlineData("squeezenet1_0_bypass")]
    public void A_graph_can_be_cut_at_every_cut_point_and_nowhere_else(string name)
    {
        var graph = Registry.Get(name).Build().Until("logits");
        var points = graph.CutPoints().ToHashSet();
        Assert.Contains(graph.Input, points);
        foreach (var node in graph.Nodes.Where(node => node != graph.Output))
        {
            if (points.Contains(node))
                Assert.Equal(graph.Output.Shape, graph.From(node.Name).Output.Shape);
            else
                Assert.Throws<ArgumentException>(() => graph.From(node.Name));
        }
    }

    [Fact]
    public void A_number_of_stages_that_the_network_does_not_have_is_rejected()
    {
        var exception = Assert.Throws<ArgumentException>(() => Registry.Get("resnet18").Build().BeforeLastStages(9));
        Assert.Equal("The number of stages 9 is invalid: it must be from 1 to 5 for this network.", exception.Message);
    }
}
