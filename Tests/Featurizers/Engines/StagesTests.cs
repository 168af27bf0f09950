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
    [InlineData("convnext_tiny", "features.1.2.add features.3.2.add features.5.8.add features.7.2.add")]
    [InlineData("regnet_y_400mf", "stem.2 trunk_output.block1.block1-0.relu trunk_output.block2.block2-2.relu "
        + "trunk_output.block3.block3-5.relu trunk_output.block4.block4-5.relu")]
    public void Modern_networks_of_feature_maps_have_the_stages_of_their_papers(string name, string ends) =>
        Assert.Equal(ends.Split(' '), Registry.Get(name).Build().StageEnds().Skip(1).Select(node => node.Name));

    [Theory]
    [InlineData("vit_tiny_patch16_224", 12, "pos_embed", "blocks.#.add_1")]
    [InlineData("vit_b_32", 12, "encoder.pos_embedding", "encoder.layers.encoder_layer_#.add_1")]
    [InlineData("deit_tiny_distilled_patch16_224", 12, "pos_embed", "blocks.#.add_1")]
    [InlineData("dinov2_vits14", 12, "pos_embed", "blocks.#.add_1")]
    [InlineData("dinov2_vits14_reg", 12, "register_tokens", "blocks.#.add_1")]
    [InlineData("clip_vit_b_32", 12, "ln_pre", "transformer.resblocks.#.add_1")]
    public void Blocks_of_transformers_are_stages(string name, int blocks, string first, string block)
    {
        var graph = Registry.Get(name).Build();
        string[] ends = [.. graph.StageEnds().Select(node => node.Name)];
        Assert.Equal([first, .. Enumerable.Range(0, blocks - 1).Select(i => block.Replace("#", $"{i}", StringComparison.Ordinal))],
            ends.SkipLast(1));
        Assert.Equal(block.Replace("#", $"{blocks - 4}", StringComparison.Ordinal), graph.BeforeLastStages(3).Name);
        Assert.Equal(first, graph.BeforeLastStages(blocks).Name);
        Assert.Throws<ArgumentException>(() => graph.BeforeLastStages(blocks + 1));
        // The stages of a part of the network are those of the whole.
        Assert.Equal(ends[^3..], graph.From(ends[^4]).StageEnds().Skip(1).Select(node => node.Name));
    }

    [Theory]
    [InlineData("deit_tiny_distilled_patch16_224")]
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
