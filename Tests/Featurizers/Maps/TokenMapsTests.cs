using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Maps;

/// <summary>Maps of transformers, whose tokens are laid out as the picture.</summary>
public class TokenMapsTests
{
    private const int Size = 40;

    private static readonly Preprocessing Preprocessing =
        (Preprocessing.ImageNet with { Resize = Size, Crop = Size }).WithInceptionNormalization();

    /// <summary>The maps of Tests/Reference/make_attention_maps_reference.py, which computes them in PyTorch.</summary>
    [Fact]
    public void Maps_of_tokens_agree_with_PyTorch()
    {
        using var reference = ReferenceFile.Json("attention_maps.json");
        var network = Filled(Transformer());
        float[] scores = [.. reference.RootElement.GetProperty("scores").EnumerateArray().Select(score => score.GetSingle())];
        int compared = 0;
        foreach (var layer in reference.RootElement.GetProperty("maps").EnumerateObject())
        {
            foreach (var method in layer.Value.EnumerateObject())
            {
                var options = new MapOptions { Method = Enum.Parse<MapMethod>(method.Name), Layer = layer.Name };
                if (options.Method == MapMethod.AttentionRollout)
                    options.Layer = null;
                using var mapper = new ActivationMapper(network, Preprocessing, options);
                var (map, actualScores) = mapper.MapAndScore(Image());
                float[] grid = [.. method.Value.EnumerateArray().Select(value => value.GetSingle())];
                var expected = MapGeometry.Spread(grid, rows: 5, Size, Size, Preprocessing);
                Close.Equal(expected.Values, map.Values, 1e-4, $"{layer.Name} {method.Name}");
                Close.Equal(scores, actualScores, 1e-5, "scores");
                Assert.Equal("12x5x5", mapper.Shape.ToString());
                Assert.StartsWith(layer.Name, mapper.Layer, StringComparison.Ordinal);
                compared++;
            }
        }
        Assert.Equal(9, compared);
    }

    [Theory]
    [InlineData("vit_b_32", "encoder.layers.encoder_layer_11.ln_1", "768x7x7", 1)]
    [InlineData("vit_tiny_patch16_224", "blocks.11.norm1", "192x14x14", 1)]
    [InlineData("deit_tiny_distilled_patch16_224", "blocks.11.norm1", "192x14x14", 2)]
    [InlineData("dinov2_vits14_reg", "blocks.11.norm1", "384x16x16", 5)]
    [InlineData("clip_vit_b_16", "transformer.resblocks.11.ln_1", "768x14x14", 1)]
    [InlineData("swin_t", "features.7.1.norm1", "768x7x7", 0)]
    [InlineData("swin_v2_t", "features.7.1.norm1", "768x8x8", 0)]
    [InlineData("maxvit_t", "blocks.3.layers.1.layers.map", "512x7x7", null)]
    [InlineData("convnext_tiny", "features.7.2.add", "768x7x7", null)]
    [InlineData("regnet_y_400mf", "trunk_output.block4.block4-5.relu", "440x7x7", null)]
    public void The_layer_is_the_last_one_that_depends_on_all_patches(string backbone, string name, string shape, int? leading)
    {
        var layer = MapLayer.Find(Registry.Get(backbone).Build().Until("logits"), new MapOptions());
        Assert.Equal((name, shape, leading), (layer.Node.Name, layer.Shape.ToString(), layer.Grid?.Leading));
    }

    [Theory]
    [InlineData(MapMethod.AttentionRollout)]
    [InlineData(MapMethod.ScoreCam)]
    [InlineData(MapMethod.EigenCam)]
    [InlineData(MapMethod.GradCam)]
    public void Views_are_averaged(MapMethod method)
    {
        var network = Filled(Transformer());
        using var mapper = new ActivationMapper(network, Preprocessing, new MapOptions { Method = method, Smooth = true });
        using var plain = new ActivationMapper(network, Preprocessing, new MapOptions { Method = method });
        var map = mapper.Map(Image());
        Assert.InRange(map.Values.Max(), 0.5f, 1);
        Assert.InRange(map.Values.Min(), 0, 0.1f);
        Assert.NotEqual(plain.Map(Image()).Values, map.Values);
    }

    [Fact]
    public void Attention_rollout_is_the_same_for_every_class()
    {
        using var mapper = new ActivationMapper(Filled(Transformer()), Preprocessing, new() { Method = MapMethod.AttentionRollout });
        Assert.Equal("blocks.2.attn", mapper.Layer);
        Assert.Equal(mapper.Map(Image(), 0).Values, mapper.Map(Image(), 3).Values);
    }

    [Fact]
    public void CAM_of_the_mean_of_tokens_equals_Grad_CAM()
    {
        var graph = Graph.Build(g => Encode(g).Add("norm", new LayerNorm(1e-6)).Add("mean", new MeanOfTokens(3)).Linear("head", 4));
        var network = Filled(graph);
        using var cam = new ActivationMapper(network, Preprocessing, new() { Method = MapMethod.Cam });
        using var gradCam = new ActivationMapper(network, Preprocessing, new() { Layer = "norm" });
        Assert.Equal("norm", cam.Layer);
        for (int target = 0; target < cam.Classes; target++)
            Close.Equal(cam.Map(Image(), target).Values, gradCam.Map(Image(), target).Values, 1e-4, $"class {target}");
    }

    [Theory]
    [InlineData(64, 2)]
    // Sides of 24, 12, 6 and 3 tokens.
    [InlineData(96, 3)]
    // Sides of 25, 13, 7 and 4 tokens.
    [InlineData(100, 4)]
    public void Merged_tokens_are_laid_out(int size, int side)
    {
        var graph = Registry.Get("swin_t").Build(classes: 3, size);
        var preprocessing = Preprocessing with { Resize = size, Crop = size };
        var network = new Network(graph, RandomWeights.For(graph, seed: 1));
        using var gradCam = new ActivationMapper(network, preprocessing, new() { Layer = "norm" });
        using var cam = new ActivationMapper(network, preprocessing, new() { Method = MapMethod.Cam });
        Assert.Equal(new Shape(768, side, side), gradCam.Shape);
        Close.Equal(cam.Map(Image(), 1).Values, gradCam.Map(Image(), 1).Values, 1e-4, $"{size}");
    }

    [Fact]
    public void No_tensor_is_left()
    {
        using var mapper = new ActivationMapper(Filled(Transformer()), Preprocessing);
        using var rollout = new ActivationMapper(Filled(Transformer()), Preprocessing, new() { Method = MapMethod.AttentionRollout });
        mapper.Map(Image());
        long before = Tensor.TotalCount;
        mapper.Map(Image());
        rollout.Map(Image());
        Assert.Equal(before, Tensor.TotalCount);
    }

    [Fact]
    public void Layers_without_places_or_gradients_are_rejected()
    {
        var graph = Transformer();
        AssertRejected(graph, new() { Layer = "class" }, "The value of 'class' is a vector of 12, which has no height and width; " +
            "choose 'blocks.2.norm1' or a node before it.");
        foreach (string layer in new[] { "norm", "blocks.2.attn" })
        {
            AssertRejected(graph, new() { Layer = layer }, $"The scores do not depend on the patches of '{layer}', because only the " +
                "class token is read after it; choose 'blocks.2.norm1' or a node before it.");
        }
        var learned = Graph.Build(g => g.Input(3, Size, Size).Conv("conv", 4, 1).Add("tokens", new ToTokens())
            .Add("odd", new LearnedTokens(1, IsVector: false, After: 1)).Add("mean", new MeanOfTokens(0)).Linear("head", 2));
        Assert.Equal(new TokenGrid(1, Size, Size), TokenGrid.Of(learned.Find("odd")));
        var tail = Transformer().From("blocks.0");
        AssertRejected(tail, new(), "The tokens of 'blocks.2.norm1' are not made from a feature map, so they have no places.");
        AssertRejected(graph, new() { Method = MapMethod.Cam },
            "CAM needs a network that ends with a global average of 'blocks.2.norm1' and one linear layer; this network does not.");
    }

    [Fact]
    public void Attention_rollout_needs_attention_and_a_class_token_and_no_layer()
    {
        var rollout = new MapOptions { Method = MapMethod.AttentionRollout };
        AssertRejected(Registry.Get("convnext_tiny").Build(), rollout, "Attention rollout needs a network with attention of all tokens " +
            "to all tokens, such as vit_b_16; this network has none. Use Grad-CAM, which supports every network, here by the layer " +
            "'features.7.2.add' of 768x7x7.");
        AssertRejected(Registry.Get("swin_t").Build(), rollout, "Attention rollout needs a network with attention of all tokens to all " +
            "tokens, such as vit_b_16; this network has none. Use Grad-CAM, which supports every network, here by the layer " +
            "'features.7.1.norm1' of 49x768.");
        var withoutClassToken = Graph.Build(g => Encode(g).Add("mean", new MeanOfTokens(0)).Linear("head", 4));
        AssertRejected(withoutClassToken, rollout, "Attention rollout needs a network with a class token, such as vit_b_16; this network " +
            "has none. Use Grad-CAM, which supports every network, here by the layer 'blocks.2.norm1' of 28x12.");
        AssertRejected(Transformer(), new() { Method = MapMethod.AttentionRollout, Layer = "blocks.1" },
            "The layer 'blocks.1' is invalid: attention rollout uses all blocks. Leave the layer out.");
    }

    private static void AssertRejected(Graph graph, MapOptions options, string message)
    {
        var exception = Assert.Throws<ArgumentException>(() => new ActivationMapper(new Network(graph, []), Preprocessing, options));
        Assert.StartsWith(message, exception.Message, StringComparison.Ordinal);
    }

    // The network of the reference: three blocks, a class token, and two registers after it.
    private static Graph Transformer() =>
        Graph.Build(g => Encode(g).Add("norm", new LayerNorm(1e-6)).Add("class", new TakeToken(0)).Linear("head", 4));

    private static Value Encode(GraphBuilder g)
    {
        var encoder = new TransformerEncoder(Width: 12, Depth: 3, Heads: 3);
        var x = VisionTransformer.Patches(g.Input(3, Size, Size), "patch_embed.proj", encoder.Width, size: 8)
            .Add("cls_token", new LearnedTokens(1, IsVector: false, After: 0))
            .Add("pos_embed", new PositionEmbedding(Leading: 1, Grid: 5, IsMatrix: false))
            .Add("register_tokens", new LearnedTokens(2, IsVector: false, After: 1));
        return encoder.Apply(x, TransformerEncoder.Timm, new Gelu());
    }

    private static Network Filled(Graph graph) => new(graph, FillRule.Fill(graph.State, "", gain: 1.5));

    private static ImageSource Image()
    {
        byte[] rgba = new byte[4 * Size * Size];
        for (int y = 0; y < Size; y++)
            for (int x = 0; x < Size; x++)
                for (int c = 0; c < 4; c++)
                    rgba[4 * (y * Size + x) + c] = c == 3 ? (byte)255 : (byte)(37 * x + 91 * y + 53 * c);
        return new ImageSource(new Picture(Size, Size, rgba));
    }
}
