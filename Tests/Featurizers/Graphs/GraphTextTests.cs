using TransferKit.Backbones;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Graphs;

public class GraphTextTests
{
    public static TheoryData<string> Names => [.. Registry.All.Select(backbone => backbone.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_graph_is_read_back_as_it_was_written(string name)
    {
        var graph = Registry.Get(name).Build(classes: 7);
        string text = GraphText.Write(graph);
        var read = GraphText.Read(text);
        Assert.Equal(graph.Nodes.Select(node => node.ToString()), read.Nodes.Select(node => node.ToString()));
        Assert.Equal(State(graph), State(read));
        Assert.Equal(graph.Find("features").Name, read.Find("features").Name);
        Assert.Equal(graph.Output.Name, read.Output.Name);
        Assert.Equal(text, GraphText.Write(read));
    }

    /// <summary>
    /// Saved models contain this text, so its names must never change. Those of before have no dilation, and do not say whether a linear
    /// layer has a bias.
    /// </summary>
    [Fact]
    public void The_format_does_not_change()
    {
        var graph = Graph.Build(g => g.Input(3, 8, 8)
            .Conv("conv", 4, (1, 3), stride: 2).BatchNorm("bn").Relu()
            .MaxPool(2, 2, ceilMode: true).AveragePool(1, 1, countIncludePad: false)
            .GlobalAveragePool().As("features").Linear("fc", 5).As("logits"));
        const string expected =
            """
            {"Nodes":[
            {"Name":"input","Kind":"Input","Settings":{"Shape":{"Channels":3,"Height":8,"Width":8,"Dimensions":[3,8,8]}},"Inputs":[]},
            {"Name":"conv","Kind":"Conv","Settings":{"Channels":4,"Kernel":{"Height":1,"Width":3},"Stride":2,
            "Padding":{"Height":0,"Width":1},"Groups":1,"Bias":false,"Fill":true,"Dilation":1},"Inputs":[0]},
            {"Name":"bn","Kind":"BatchNorm","Settings":{"Epsilon":1E-05,"Momentum":0.1},"Inputs":[1]},
            {"Name":"relu","Kind":"Relu","Settings":{},"Inputs":[2]},
            {"Name":"maxpool","Kind":"MaxPool","Settings":{"Kernel":2,"Stride":2,"Padding":0,"Ceiling":true},"Inputs":[3]},
            {"Name":"averagepool","Kind":"AveragePool","Settings":{"Kernel":1,"Stride":1,"Padding":0,"CountPadding":false},"Inputs":[4]},
            {"Name":"globalaverage","Kind":"GlobalAverage","Settings":{},"Inputs":[5]},
            {"Name":"fc","Kind":"Linear","Settings":{"Width":5,"Fill":true,"Pointwise":false,"Bias":true},"Inputs":[6]}
            ],"Output":7,"Aliases":{"features":6,"logits":7}}
            """;
        Assert.Equal(expected.ReplaceLineEndings(""), GraphText.Write(graph));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"Nodes":[{"Name":"input","Kind":"Process","Settings":{},"Inputs":[]}],"Output":0,"Aliases":{}}""")]
    [InlineData("""{"Nodes":[{"Name":"relu","Kind":"Relu","Settings":{},"Inputs":[3]}],"Output":0,"Aliases":{}}""")]
    public void Other_text_is_rejected(string text)
    {
        var exception = Assert.Throws<InvalidDataException>(() => GraphText.Read(text));
        Assert.Contains("does not describe a network", exception.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<(string Key, int Count, bool IsBuffer)> State(Graph graph) =>
        graph.State.Select(entry => (entry.Key, entry.Parameter.Count, entry.Parameter.IsBuffer));
}
