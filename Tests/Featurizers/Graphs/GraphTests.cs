using TransferKit.Backbones;
using TransferKit.Graphs;

namespace TransferKit.Tests.Featurizers.Graphs;

public class GraphTests
{
    [Fact]
    public void Shapes_are_inferred_and_unnamed_nodes_are_numbered()
    {
        var graph = Graph.Build(g =>
        {
            var x = g.Input(3, 224, 224).Conv("conv1", 64, kernel: 7, stride: 2).BatchNorm("bn1").Relu().MaxPool(3, 2, padding: 1);
            using (g.Scope("block"))
                x = (x.Conv("conv", 64, 3).Relu() + x).Relu();
            return x.AdaptiveAveragePool(7).Flatten().Linear("fc", 10);
        });
        string[] expectedNodes =
        [
            "input 3x224x224", "conv1 64x112x112", "bn1 64x112x112", "relu 64x112x112", "maxpool 64x56x56", "block.conv 64x56x56",
            "block.relu 64x56x56", "block.add 64x56x56", "block.relu_1 64x56x56", "adaptiveaveragepool 64x7x7", "flatten 3136", "fc 10",
        ];
        string[] expectedKeys =
        [
            "conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean", "bn1.running_var", "bn1.num_batches_tracked",
            "block.conv.weight", "fc.weight", "fc.bias",
        ];
        Assert.Equal(expectedNodes, graph.Nodes.Select(node => $"{node.Name} {node.Shape}"));
        Assert.Equal("block.relu_1", graph.Find("block").Name);
        Assert.Equal(expectedKeys, graph.State.Select(entry => entry.Key));
    }

    [Fact]
    public void Layers_can_be_added_to_a_graph_without_changing_it()
    {
        var graph = Graph.Build(g => g.Input(3, 8, 8).GlobalAveragePool().As("features").Linear("fc", 10).As("logits"));
        var extended = graph.With(logits => logits.Softmax("probabilities").As("logits"));
        Assert.Equal("fc", graph.Output.Name);
        Assert.Equal("probabilities", extended.Output.Name);
        Assert.Equal("probabilities", extended.Find("logits").Name);
        Assert.Equal("globalaverage", extended.Find("features").Name);
    }

    public static TheoryData<string, Func<Value, Value>> InvalidGraphs => new()
    {
        {
            "Node 'add' (add) after 'input' and 'conv': cannot add 3x8x8 and 4x8x8: the shapes must be the same.",
            x => x + x.Conv("conv", 4, 3)
        },
        {
            "Node 'concat' (concat) after 'input' and 'conv': cannot concatenate 3x8x8 and 4x4x4: height and width must be the same.",
            x => x.Concat(x.Conv("conv", 4, 3, stride: 2))
        },
        {
            "Node 'fc' (linear) after 'input': needs a vector, not a feature map of 3x8x8; flatten it first.",
            x => x.Linear("fc", 2)
        },
        {
            "Node 'fc' (linear) after 'flatten': 0 outputs are invalid: there must be at least 1.",
            x => x.Flatten().Linear("fc", 0)
        },
        {
            "Node 'conv' (conv) after 'flatten': needs a feature map (channels x height x width), not a vector of 192.",
            x => x.Flatten().Conv("conv", 2, 1)
        },
        {
            "Node 'maxpool' (maxpool) after 'input': a kernel of 9 does not fit 8 pixels padded by 0.",
            x => x.MaxPool(9, 1)
        },
        {
            "Node 'conv' (conv) after 'input': 2 groups are invalid: the number of groups must be at least 1 " +
                "and divide 3 input and 4 output channels.",
            x => x.Conv("conv", 4, 3, groups: 2)
        },
        {
            "Node 'conv' (conv) after 'input': a kernel of 3 with stride 0 and padding 1 is invalid: " +
            "kernel and stride must be at least 1, the padding at least 0.",
            x => x.Conv("conv", 4, 3, stride: 0)
        },
        {
            "Node 'maxpool' (maxpool) after 'input': a padding of 2 is more than half the kernel of 2.",
            x => x.MaxPool(2, 2, padding: 2)
        },
        {
            "Node 'rescale' (rescale) after 'input' and 'conv': cannot rescale 3x8x8 by 3x8x8: the gates must be 3x1x1.",
            x => x.Rescale(x.Conv("conv", 3, 3))
        },
        {
            "Node 'channelslice' (channelslice) after 'input': a slice of 2 channels starting at channel 2 is invalid: " +
                "3x8x8 has channels 0 to 2, and the slice needs at least one.",
            x => x.ChannelSlice(2, 2)
        },
        {
            "Node 'channelshuffle' (channelshuffle) after 'input': 2 groups are invalid: the number must be " +
                "at least 1 and divide 3 channels.",
            x => x.ChannelShuffle(2)
        },
        {
            "Node 'averagepool' (averagepool) after 'input': a padding of 2 is more than half the kernel of 2.",
            x => x.AveragePool(2, 2, padding: 2)
        },
        {
            "Node 'dropout' (dropout) after 'input': a dropout probability of NaN is invalid: it must be from 0 to 1.",
            x => x.Dropout(double.NaN)
        },
        {
            "Node 'stochasticdepth' (stochasticdepth) after 'input': " +
            "a stochastic depth probability of 1 is invalid: it must be from 0 to below 1.",
            x => x.StochasticDepth(1)
        },
        {
            "Node 'add' reads 'input', which belongs to another graph.",
            x => x.Relu() + new GraphBuilder().Input(3, 8, 8)
        },
        {
            "Node 'relu' is not used: no other node reads it, and it is neither the output nor named by As.",
            x => x.Relu().Equals(x) ? x : x.Conv("conv", 4, 3)
        },
        {
            "The name 'conv' is already used by another node or alias: choose a name that is unique in the graph.",
            x => x.Conv("conv", 4, 3).Conv("conv", 4, 3)
        },
    };

    [Theory, MemberData(nameof(InvalidGraphs))]
    public void An_invalid_graph_fails_while_it_is_built(string message, Func<Value, Value> body)
    {
        var exception = Assert.Throws<ArgumentException>(() => Graph.Build(g => body(g.Input(3, 8, 8))));
        Assert.Equal(message, exception.Message);
    }

    [Fact]
    public void An_invalid_input_fails_while_the_graph_is_built()
    {
        var empty = Assert.Throws<ArgumentException>(() => Graph.Build(g => g.Input(3, 0, 8)));
        Assert.Equal("An input of 3 x 0 x 8 is invalid: each dimension must be at least 1.", empty.Message);
        var second = Assert.Throws<InvalidOperationException>(() => Graph.Build(g => g.Input(3, 8, 8) + g.Input(3, 8, 8)));
        Assert.Equal("The graph already has an input, 'input'.", second.Message);
    }

    /// <summary>PyTorch's rule for ceil_mode: a last window that starts in the padding after the feature map does not count.</summary>
    [Theory]
    [InlineData(112, 3, 2, 0, 56)]
    [InlineData(13, 3, 2, 0, 6)]
    [InlineData(14, 2, 2, 0, 7)]
    [InlineData(5, 2, 2, 1, 3)]
    [InlineData(14, 3, 1, 1, 14)]
    [InlineData(2, 3, 2, 0, 1)]
    public void Ceil_mode_counts_windows_like_PyTorch(int size, int kernel, int stride, int padding, int expected)
    {
        var graph = Graph.Build(g => g.Input(1, size, size).MaxPool(kernel, stride, padding, ceilMode: true));
        Assert.Equal(new Shape(1, expected, expected), graph.Output.Shape);
    }

    [Fact]
    public void The_error_for_an_unknown_node_suggests_the_nearest_name()
    {
        var graph = Registry.Get("resnet18").Build();
        var exception = Assert.Throws<ArgumentException>(() => graph.Find("layer5"));
        Assert.Equal("Unknown node 'layer5'. Did you mean layer1? `transferkit summary NAME` lists a network's nodes.", exception.Message);
        Assert.Equal("layer4.1.relu_1", graph.Find("layer4").Name);
        Assert.Equal("avgpool", graph.Find("features").Name);
    }
}
