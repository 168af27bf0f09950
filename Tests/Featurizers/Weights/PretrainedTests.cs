using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public sealed class PretrainedTests : IDisposable
{
    private static readonly Backbone Backbone = new("small", "", (images, classes) => images
        .Conv("conv", 4, kernel: 3, stride: 2).GlobalAveragePool().As("features").Linear("fc", classes), Weights: []);

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_number_of_classes_is_that_of_the_file_unless_another_is_given()
    {
        var backbone = Registry.Get("resnet18");
        string path = _folder.File("five.safetensors");
        var state = RandomWeights.For(backbone.Build(5), seed: 9);
        Safetensors.Write(path, state);

        var loaded = Pretrained.Load(backbone, path);
        Assert.Null(loaded.ReplacedClasses);
        Assert.Equal(5, loaded.Network.Graph.Output.Shape.Channels);
        Assert.Equal(state["fc.weight"].Floats().ToArray(), loaded.Network.Weights["fc.weight"].Floats().ToArray());

        var swapped = Pretrained.Load(backbone, path, classes: 3);
        Assert.Equal(5, swapped.ReplacedClasses);
        Assert.Equal([3, 512], swapped.Network.Weights["fc.weight"].Dimensions);
        foreach (string key in state.Keys.Where(k => !k.StartsWith("fc.", StringComparison.Ordinal)))
            Assert.True(state[key].Bytes.Span.SequenceEqual(swapped.Network.Weights[key].Bytes.Span), key);
        Checkpoint.Check(swapped.Network.Graph, swapped.Network.Weights, "swapped");
    }

    [Fact]
    public void Keys_of_old_files_are_renamed()
    {
        string path = _folder.File("old.safetensors");
        var state = new StateDict();
        foreach (var (key, tensor) in RandomWeights.For(Registry.Get("densenet121").Build(2)))
        {
            string oldKey = key.Replace("norm1.", "norm.1.", StringComparison.Ordinal)
                .Replace("conv2.", "conv.2.", StringComparison.Ordinal);
            state[oldKey] = tensor;
        }
        Assert.True(state.ContainsKey("features.denseblock1.denselayer2.conv.2.weight"));
        Safetensors.Write(path, state);
        Assert.Equal(2, Pretrained.Load(Registry.Get("densenet121"), path).Network.Graph.Output.Shape.Channels);
    }

    [Fact]
    public void Keys_of_the_text_encoder_are_left_out()
    {
        // A whole file of CLIP: the text encoder has the names of the image encoder without its prefix, and names of its own.
        var tower = Backbone.Build(3);
        var image = RandomWeights.For(tower, seed: 4);
        using var state = new StateDict();
        foreach (var (key, tensor) in image.Where(entry => !entry.Key.StartsWith("fc.", StringComparison.Ordinal)))
            (state[$"visual.{key}"], state[key]) = (tensor, TensorData.From([1f], 1));
        string[] others = ["token_embedding.weight", "text_projection", "logit_scale", "input_resolution", "ln_final.bias", "b.attn_mask"];
        foreach (string key in others)
            state[key] = TensorData.From([1f], 1);
        string whole = _folder.File("whole.safetensors"), alone = _folder.File("alone.safetensors");
        Safetensors.Write(whole, state);
        Safetensors.Write(alone, image);
        var clip = Backbone with { RenameKey = Registry.Get("clip_vit_b_32").RenameKey, IsPublishedWithClassifier = false };
        foreach (string path in new[] { whole, alone })
        {
            var weights = Pretrained.Load(clip, path, classes: 3).Network.Weights;
            Assert.Equal(image["conv.weight"].Floats().ToArray(), weights["conv.weight"].Floats().ToArray());
            Assert.Equal(tower.State.Select(s => s.Key).Order(), weights.Keys.Order());
        }
    }

    [Fact]
    public void A_file_without_a_classifier_is_read_where_none_is_published()
    {
        string path = _folder.File("features.safetensors");
        using var state = RandomWeights.For(Backbone.Build().Until("features"), seed: 4);
        Safetensors.Write(path, state);
        var error = Assert.Throws<InvalidDataException>(() => Pretrained.Load(Backbone, path));
        Assert.Contains("missing: fc.weight", error.Message, StringComparison.Ordinal);

        var loaded = Pretrained.Load(Backbone with { IsPublishedWithClassifier = false }, path);
        Assert.True(float.IsNaN(loaded.Network.Weights["fc.weight"].Floats()[0]));
        loaded = Pretrained.Load(Backbone with { IsPublishedWithClassifier = false }, path, classes: 3);
        Assert.Null(loaded.ReplacedClasses);
        Checkpoint.CheckNumbers(loaded.Network.Graph, loaded.Network.Weights, "three classes");
    }

    /// <summary>As SWAG's E2E weights are for 384 pixels, and others of the same network for 224.</summary>
    [Theory]
    [InlineData(384, 384, 24)]
    [InlineData(384, 224, 24)]
    [InlineData(224, 384, 14)]
    [InlineData(224, 224, 14)]
    public void The_table_of_positions_in_the_file_decides_the_grid(int trained, int pixels, int grid)
    {
        var backbone = Registry.Get("vit_tiny_patch16_224");
        string path = _folder.File("vit.safetensors");
        using var state = RandomWeights.For(backbone.Build(2, trained), seed: 4);
        Safetensors.Write(path, state);
        var preprocessing = Preprocessing.ImageNet with { Resize = pixels, Crop = pixels };
        var network = Pretrained.Load(backbone, path, preprocessing: preprocessing).Network;
        var positions = network.Graph.Find("pos_embed");
        Assert.Equal((grid, 1 + pixels * pixels / 256), (((PositionEmbedding)positions.Operator).Grid, positions.Shape.Tokens));
        Assert.Equal([1, 1 + grid * grid, 192], network.Weights["pos_embed"].Dimensions);
        Assert.Equal(pixels, network.Graph.Input.Shape.Height);
    }

    [Fact]
    public void A_table_of_positions_for_no_square_grid_is_refused()
    {
        var backbone = Registry.Get("vit_tiny_patch16_224");
        string path = _folder.File("vit.safetensors");
        using var state = RandomWeights.For(backbone.Build(2), seed: 4);
        state["pos_embed"] = TensorData.From(new float[150 * 192], 1, 150, 192);
        Safetensors.Write(path, state);
        var error = Assert.Throws<InvalidDataException>(() => Pretrained.Load(backbone, path));
        Assert.Contains("pos_embed is 1x150x192, not 1x197x192", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        string path = _folder.File("resnet.safetensors");
        Safetensors.Write(path, RandomWeights.For(Registry.Get("resnet18").Build()));
        var error = Assert.Throws<InvalidDataException>(() => Pretrained.Load(Registry.Get("mobilenet_v2"), path));
        Assert.Contains("missing: features.0.0.weight", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_folder_and_a_model_in_it_stand_for_its_best_weights_and_their_preprocessing()
    {
        var backbone = Registry.Get("lenet5");
        var preprocessing = Preprocessing.ImageNet with { Resize = 45, Crop = 40, Interpolation = Interpolation.Bicubic };
        string best = _folder.File("best.safetensors"), model = _folder.File("model.zip");
        File.WriteAllText(model, "not read");
        var missing = Assert.Throws<ArgumentException>(() => Pretrained.Load(backbone, model));
        Assert.Contains($"There is no best.safetensors in the folder of '{model}'", missing.Message, StringComparison.Ordinal);
        missing = Assert.Throws<ArgumentException>(() => Pretrained.Load(backbone, _folder.Root));
        Assert.Contains($"There is no best.safetensors in the folder '{_folder.Root}'", missing.Message, StringComparison.Ordinal);

        // LeNet-5 has other shapes for another size of its input.
        var state = RandomWeights.For(backbone.Build(7, preprocessing.Crop), seed: 3);
        Safetensors.Write(best, state, preprocessing);
        foreach (string weights in new[] { best, model, _folder.Root })
        {
            var loaded = Pretrained.Load(backbone, weights);
            Assert.Equal((best, preprocessing), (loaded.Source, loaded.Preprocessing));
            Assert.Equal(7, loaded.Network.Graph.Output.Shape.Count);
        }
    }

    [Fact]
    public void The_configuration_beside_a_file_describes_its_preprocessing()
    {
        var backbone = Registry.Get("resnet18");
        string path = _folder.File("some.safetensors");
        Safetensors.Write(path, RandomWeights.For(backbone.Build(2)));
        Assert.Equal(backbone.Preprocessing, Pretrained.PreprocessingOf(backbone, path));
        File.WriteAllText(_folder.File("config.json"), """{"architecture": "resnet18", "pretrained_cfg": {"crop_pct": 0.95}}""");
        Assert.Equal((235, Interpolation.Bicubic),
            (Pretrained.PreprocessingOf(backbone, path).Resize, Pretrained.PreprocessingOf(backbone, path).Interpolation));
        // What TransferKit has written into the file is before it.
        var own = Preprocessing.ImageNet with { Resize = 99, Crop = 64 };
        Safetensors.Write(path, RandomWeights.For(backbone.Build(2)), own);
        Assert.Equal(own, Pretrained.PreprocessingOf(backbone, path));
    }

    [Theory]
    [InlineData("IMAGENET1K_V3", "Unknown weights 'IMAGENET1K_V3'. Did you mean IMAGENET1K_V1? " +
        "mobilenet_v2 has IMAGENET1K_V1, IMAGENET1K_V2; a path to a .pth or .safetensors file, or 'none', works too.")]
    [InlineData("nowhere/x.pth", "There is no weights file 'nowhere/x.pth'. " +
        "Give the path of an existing .pth or .safetensors file, a tag, or 'none'.")]
    public void An_unknown_tag_or_file_gives_a_helpful_error(string weights, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Pretrained.Load(Registry.Get("mobilenet_v2"), weights)).Message);
}
