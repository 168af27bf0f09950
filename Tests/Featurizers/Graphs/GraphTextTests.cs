using TransferKit.Backbones;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Graphs;

public class GraphTextTests
{
    public static TheoryData<string> Names => [.. Registry.All.Select(b => b.Name)];

    [Theory, MemberData(nameof(Names))]
    public void A_graph_is_read_back_as_it_was_written(string name)
    {
        var graph = Registry.Get(name).Build(classes: 7);
        string text = GraphText.Write(graph);
        var read = GraphText.Read(text);
        Assert.Equal(graph.Nodes.Select(n => n.ToString()), read.Nodes.Select(n => n.ToString()));
        Assert.Equal(graph.State.Select(s => (s.Key, s.Parameter.Count, s.Parameter.IsBuffer)), read.State.Select(s => (s.Key, s.Parameter.Count, s.Parameter.IsBuffer)));
        Assert.Equal(graph.Find("features").Name, read.Find("features").Name);
        Assert.Equal(graph.Output.Name, read.Output.Name);
        Assert.Equal(text, GraphText.Write(read));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("""{"Nodes":[{"Name":"input","Kind":"Process","Settings":{},"Inputs":[]}],"Output":0,"Aliases":{}}""")]
    [InlineData("""{"Nodes":[{"Name":"relu","Kind":"Relu","Settings":{},"Inputs":[3]}],"Output":0,"Aliases":{}}""")]
    public void Other_text_is_refused(string text) =>
        Assert.Contains("is no description of a network", Assert.Throws<InvalidDataException>(() => GraphText.Read(text)).Message, StringComparison.Ordinal);
}
