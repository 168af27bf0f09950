using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Engines;

public class SummaryTests
{
    [Fact]
    public void Two_3x3_convolutions_see_5x5_and_three_see_7x7()
    {
        var summary = Summary.Of(Graph.Build(g => g.Input(1, 16, 16).Conv("a", 1, 3).Conv("b", 1, 3).Conv("c", 1, 3)));
        Assert.Equal([1, 3, 5, 7], summary.Nodes.Select(n => n.ReceptiveField.Size));
    }

    [Fact]
    public void A_1x7_and_a_7x1_see_what_a_7x7_sees()
    {
        var summary = Summary.Of(Graph.Build(g => g.Input(4, 16, 16).Conv("a", 4, (1, 7)).Conv("b", 4, (7, 1))));
        Assert.Equal(["1", "1x7", "7"], summary.Nodes.Select(n => $"{n.ReceptiveField.Size}"));
        Assert.Equal([0, 4 * 4 * 7, 4 * 4 * 7], summary.Nodes.Select(n => n.Parameters));
        Assert.All(summary.Nodes, n => Assert.Equal(new Shape(4, 16, 16), n.Shape));
    }

    [Fact]
    public void Auxiliary_classifiers_have_parameters_but_cost_nothing_in_use()
    {
        var nodes = Summary.Of(Registry.Get("googlenet").Build()).Nodes.Where(n => n.Name.StartsWith("aux1.", StringComparison.Ordinal)).ToArray();
        Assert.True(nodes.Sum(n => n.Parameters) > 3_000_000);
        Assert.Equal(0, nodes.Sum(n => n.MultiplyAccumulates));
    }

    [Fact]
    public void Strides_widen_what_later_layers_see()
    {
        var summary = Summary.Of(Registry.Get("resnet50").Build());
        var field = summary.Nodes.Single(n => n.Name == "layer1.0.conv1").ReceptiveField;
        Assert.Equal(new ReceptiveField(11, 4), field);
        // The figure known for ResNet-50's last map (Araujo et al. 2019, "Computing Receptive Fields", has 483 for strides on the 3x3).
        Assert.Equal(427, summary.Nodes.Single(n => n.Name == "layer4.2.conv3").ReceptiveField.Size);
    }

    [Fact]
    public void Counts_are_those_done_by_hand()
    {
        var summary = Summary.Of(Graph.Build(g => g.Input(3, 10, 10).Conv("conv", 8, 3, bias: true).BatchNorm("bn").GlobalAverage().Linear("fc", 5)));
        Assert.Equal([0, 3 * 8 * 9 + 8, 16, 0, 45], summary.Nodes.Select(n => n.Parameters));
        Assert.Equal([0, 3 * 8 * 9 * 100, 0, 0, 40], summary.Nodes.Select(n => n.MultiplyAccumulates));
    }
}
