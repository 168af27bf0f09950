using TransferKit.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public sealed class PretrainedTests : IDisposable
{
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
        Assert.Equal(5, loaded.Network.Graph.Output.Shape.Channels);
        Assert.Equal(state["fc.weight"].Floats().ToArray(), loaded.Network.Weights["fc.weight"].Floats().ToArray());

        var swapped = Pretrained.Load(backbone, path, classes: 3);
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
    public void Weights_of_another_network_are_refused()
    {
        string path = _folder.File("resnet.safetensors");
        Safetensors.Write(path, RandomWeights.For(Registry.Get("resnet18").Build()));
        var error = Assert.Throws<InvalidDataException>(() => Pretrained.Load(Registry.Get("mobilenet_v2"), path));
        Assert.Contains("missing: features.0.0.weight", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("IMAGENET1K_V3", "Unknown weights 'IMAGENET1K_V3'. Did you mean IMAGENET1K_V1? " +
        "mobilenet_v2 has IMAGENET1K_V1, IMAGENET1K_V2; a path to a .pth or .safetensors file, or 'none', works too.")]
    [InlineData("nowhere/x.pth", "There is no weights file 'nowhere/x.pth'. " +
        "Give the path of an existing .pth or .safetensors file, a tag, or 'none'.")]
    public void An_unknown_tag_or_file_gives_a_helpful_error(string weights, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Pretrained.Load(Registry.Get("mobilenet_v2"), weights)).Message);
}
