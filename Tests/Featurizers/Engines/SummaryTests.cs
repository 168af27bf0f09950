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
        Assert.Equal([1, 3, 5, 7], summary.Nodes.Select(node => node.ReceptiveField.Size));
    }

    [Fact]
    public void A_1x7_and_a_7x1_convolution_see_what_a_7x7_sees()
    {
        var summary = Summary.Of(Graph.Build(g => g.Input(4, 16, 16).Conv("a", 4, (1, 7)).Conv("b", 4, (7, 1))));
        Assert.Equal(["1", "1x7", "7"], summary.Nodes.Select(node => $"{node.ReceptiveField.Size}"));
        Assert.Equal([0, 4 * 4 * 7, 4 * 4 * 7], summary.Nodes.Select(node => node.Parameters));
        Assert.All(summary.Nodes, node => Assert.Equal(new Shape(4, 16, 16), node.Shape));
    }

    [Fact]
    public void Auxiliary_classifiers_have_parameters_but_no_multiply_accumulates()
    {
        var summary = Summary.Of(Registry.Get("googlenet").Build());
        var nodes = summary.Nodes.Where(node => node.Name.StartsWith("aux1.", StringComparison.Ordinal)).ToArray();
        Assert.True(nodes.Sum(node => node.Parameters) > 3_000_000);
        Assert.Equal(0, nodes.Sum(node => node.MultiplyAccumulates));
    }

    [Fact]
    public void Strides_widen_the_receptive_fields_of_later_layers()
    {
        var summary = Summary.Of(Registry.Get("resnet50").Build());
        Assert.Equal(new ReceptiveField(11, 4), FieldOf("layer1.0.conv1"));
        // The known receptive field of ResNet-50's last feature map. Araujo et al. 2019, "Computing Receptive Fields", have 483 for the
        // variant with strides in the 3x3 convolutions.
        Assert.Equal(427, FieldOf("layer4.2.conv3").Size);

        ReceptiveField FieldOf(string name) => summary.Nodes.Single(node => node.Name == name).ReceptiveField;
    }

    [Fact]
    public void Counts_are_those_computed_by_hand()
    {
        var graph = Graph.Build(g => g.Input(3, 10, 10).Conv("conv", 8, 3, bias: true).BatchNorm("bn").GlobalAveragePool().Linear("fc", 5));
        var summary = Summary.Of(graph);
        Assert.Equal([0, 3 * 8 * 9 + 8, 16, 0, 45], summary.Nodes.Select(node => node.Parameters));
        Assert.Equal([0, 3 * 8 * 9 * 100, 0, 0, 40], summary.Nodes.Select(node => node.MultiplyAccumulates));
    }

    [Fact]
    public void A_summary_shows_itself_as_a_table()
    {
        var summary = Summary.Of(Graph.Build(g => g.Input(3, 10, 10).Conv("conv", 8, 3).GlobalAveragePool().Linear("fc", 5)));
        string[] lines = summary.ToString().Split('\n');
        Assert.Matches("^node +operator +shape +parameters +MACs +receptive field +of the image$", lines[0]);
        Assert.Matches("^conv +conv +8x10x10 +216 +21,600 +3 px  ████░+$", lines[3]);
        Assert.Equal("261 parameters, 21,640 multiply-accumulates", lines[^1]);
        const string cells = "<td>21,600</td><td>3 px</td><td><span class=\"bar\" style=\"width:1.8rem\">";
        Assert.Contains(cells, summary.ToHtml(), StringComparison.Ordinal);
    }
}
