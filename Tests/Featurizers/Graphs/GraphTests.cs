using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Graphs;

public class GraphTests
{
    [Fact]
    public void Shapes_are_inferred_and_names_counted()
    {
        var graph = Graph.Build(g =>
        {
            var x = g.Input(3, 224, 224).Conv("conv1", 64, kernel: 7, stride: 2).BatchNorm("bn1").Relu().MaxPool(3, 2, padding: 1);
            using (g.Scope("block"))
                x = (x.Conv("conv", 64, 3).Relu() + x).Relu();
            return x.AdaptiveAverage(7).Flatten().Linear("fc", 10);
        });
        Assert.Equal(["input 3x224x224", "conv1 64x112x112", "bn1 64x112x112", "relu 64x112x112", "maxpool 64x56x56", "block.conv 64x56x56",
            "block.relu 64x56x56", "block.add 64x56x56", "block.relu_1 64x56x56", "adaptiveaveragepool 64x7x7", "flatten 3136", "fc 10"],
            graph.Nodes.Select(n => $"{n.Name} {n.Shape}"));
        Assert.Equal("block.relu_1", graph.Find("block").Name);
        Assert.Equal(["conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
            "block.conv.weight", "fc.weight", "fc.bias"], graph.State.Select(s => s.Key));
    }

    public static TheoryData<string, Func<Value, Value>> Wrong => new()
    {
        { "Node 'add' (add) after 'input' and 'conv': cannot add 3x8x8 and 4x8x8.", x => x + x.Conv("conv", 4, 3) },
        { "Node 'concat' (concat) after 'input' and 'conv': cannot concatenate 3x8x8 and 4x4x4.", x => x.Concat(x.Conv("conv", 4, 3, stride: 2)) },
        { "Node 'fc' (linear) after 'input': needs a vector, not a map of 3x8x8; flatten it first.", x => x.Linear("fc", 2) },
        { "Node 'conv' (conv) after 'flatten': needs a map (channels x height x width), not a vector of 192.", x => x.Flatten().Conv("conv", 2, 1) },
        { "Node 'maxpool' (maxpool) after 'input': a kernel of 9 does not fit 8 pixels padded by 0.", x => x.MaxPool(9, 1) },
        { "Node 'conv' (conv) after 'input': 2 groups divide neither 3 input nor 4 output channels evenly.", x => x.Conv("conv", 4, 3, groups: 2) },
        { "Node 'conv' (conv) after 'input': a kernel of 3 with stride 0 and padding 1 is impossible.", x => x.Conv("conv", 4, 3, stride: 0) },
        { "Node 'maxpool' (maxpool) after 'input': a padding of 2 is more than half the kernel of 2.", x => x.MaxPool(2, 2, padding: 2) },
        { "Node 'rescale' (rescale) after 'input' and 'conv': cannot rescale 3x8x8 by 3x8x8.", x => x.Rescale(x.Conv("conv", 3, 3)) },
        { "Node 'channelslice' (channelslice) after 'input': 2 channels from 2 on are not in 3x8x8.", x => x.ChannelSlice(2, 2) },
        { "Node 'channelshuffle' (channelshuffle) after 'input': 2 groups do not divide 3 channels evenly.", x => x.ChannelShuffle(2) },
        { "Node 'averagepool' (averagepool) after 'input': a padding of 2 is more than half the kernel of 2.", x => x.AveragePool(2, 2, padding: 2) },
        { "Node 'dropout' (dropout) after 'input': a probability of NaN is impossible.", x => x.Dropout(double.NaN) },
        { "Node 'stochasticdepth' (stochasticdepth) after 'input': a probability of 1 is impossible: nothing would be left to scale up.", x => x.StochasticDepth(1) },
        { "Node 'add' reads 'input', which belongs to another graph.", x => x.Relu() + new GraphBuilder().Input(3, 8, 8) },
        { "Nothing reads 'relu', and it is neither the output nor named.", x => x.Relu().Equals(x) ? x : x.Conv("conv", 4, 3) },
        { "Two nodes are called 'conv'; each node of a graph needs a name of its own.", x => x.Conv("conv", 4, 3).Conv("conv", 4, 3) },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void A_wrong_graph_fails_while_it_is_built(string message, Func<Value, Value> body) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Graph.Build(g => body(g.Input(3, 8, 8)))).Message);

    /// <summary>PyTorch's rule: a last window that starts in the padding after the map does not count.</summary>
    [Theory]
    [InlineData(112, 3, 2, 0, 56)]
    [InlineData(13, 3, 2, 0, 6)]
    [InlineData(14, 2, 2, 0, 7)]
    [InlineData(5, 2, 2, 1, 3)]
    [InlineData(14, 3, 1, 1, 14)]
    [InlineData(2, 3, 2, 0, 1)]
    public void Pools_that_round_up_leave_no_pixel_out(int size, int kernel, int stride, int padding, int expected) =>
        Assert.Equal(new Shape(1, expected, expected), Graph.Build(g => g.Input(1, size, size).MaxPool(kernel, stride, padding, ceilMode: true)).Output.Shape);

    [Fact]
    public void An_unknown_node_is_answered_with_the_nearest()
    {
        var graph = TransferKit.Backbones.Registry.Get("resnet18").Build();
        Assert.Equal("Unknown node 'layer5'. Did you mean layer1? `transferkit summary NAME` lists a network's nodes.", Assert.Throws<ArgumentException>(() => graph.Find("layer5")).Message);
        Assert.Equal("layer4.1.relu_1", graph.Find("layer4").Name);
        Assert.Equal("avgpool", graph.Find("features").Name);
    }
}
