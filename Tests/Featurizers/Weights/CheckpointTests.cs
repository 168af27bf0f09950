using TransferKit.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public sealed class CheckpointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Keys_that_do_not_fit_are_listed_by_kind()
    {
        var graph = Registry.Get("resnet18").Build(10);
        var state = new StateDict();
        foreach (var (key, tensor) in RandomWeights.For(Registry.Get("resnet18").Build()))
            if (key != "conv1.weight" && !key.EndsWith("tracked", StringComparison.Ordinal))
                state[key] = tensor;
        state["extra"] = TensorData.From([1], 1);
        Assert.Equal("The weights of x do not fit: missing: conv1.weight; unexpected: extra; " +
            "of another shape: fc.weight is 1000x512, not 10x512, fc.bias is 1000, not 10.",
            Assert.Throws<InvalidDataException>(() => Checkpoint.Check(graph, state, "x")).Message);
    }

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

    [Fact]
    public void NaN_is_refused_where_a_value_is_needed()
    {
        var graph = Registry.Get("resnet18").Build();
        var state = RandomWeights.For(graph);
        state["fc.bias"] = TensorData.From([.. Enumerable.Repeat(float.NaN, 1000)], 1000);
        var error = Assert.Throws<InvalidDataException>(() => Checkpoint.CheckNumbers(graph, state, "x"));
        Assert.Contains("have NaN in 'fc.bias'", error.Message, StringComparison.Ordinal);
        Checkpoint.CheckNumbers(TransferKit.Engines.Cut.Until(graph, "features"), state, "x");
    }

    [Theory]
    [InlineData("IMAGENET1K_V3", "Unknown weights 'IMAGENET1K_V3'. Did you mean IMAGENET1K_V1? " +
        "mobilenet_v2 has IMAGENET1K_V1, IMAGENET1K_V2; a path to a .pth or .safetensors file, or 'none', works too.")]
    [InlineData("nowhere/x.pth", "There is no weights file 'nowhere/x.pth'.")]
    public void An_unknown_tag_or_file_is_refused_with_what_would_be_right(string weights, string message) =>
        Assert.Equal(message, Assert.Throws<ArgumentException>(() => Pretrained.Load(Registry.Get("mobilenet_v2"), weights)).Message);

    [Theory]
    [InlineData("alexnet")]
    [InlineData("vgg11")]
    [InlineData("googlenet")]
    [InlineData("inception_v3")]
    [InlineData("resnet18")]
    [InlineData("densenet121")]
    [InlineData("squeezenet1_0")]
    [InlineData("shufflenet_v2_x0_5")]
    [InlineData("mnasnet0_5")]
    [InlineData("mobilenet_v2")]
    [InlineData("mobilenet_v3_small")]
    [InlineData("efficientnet_b0")]
    [InlineData("efficientnet_v2_s")]
    public void Random_layers_deviate_as_torchvisions_do(string name)
    {
        using var reference = ReferenceFile.Json("fresh.json.gz");
        var state = RandomWeights.For(Registry.Get(name).Build(), seed: 1);
        foreach (var expected in reference.RootElement.GetProperty("deviations").GetProperty(name).EnumerateObject())
        {
            double actual = Deviation(state[expected.Name]), recorded = expected.Value.GetDouble();
            // Both are computed from samples of n values, whose relative standard error is about 1 / sqrt(2 n).
            double tolerance = recorded * (0.01 + 7 / Math.Sqrt(2 * state[expected.Name].Count));
            Assert.True(Math.Abs(actual - recorded) <= tolerance,
                $"{name} {expected.Name} has a standard deviation of {actual:g3} instead of {recorded:g3}");
        }
    }

    [Fact]
    public void Random_layers_are_the_same_for_the_same_seed()
    {
        var state = RandomWeights.For(Registry.Get("mobilenet_v2").Build(), seed: 1);
        Assert.All(state["features.0.1.weight"].Floats().ToArray(), v => Assert.Equal(1, v));
        float[] fc = RandomWeights.For(Registry.Get("resnet18").Build(), seed: 1)["fc.weight"].Floats().ToArray();
        Assert.Equal(1 / Math.Sqrt(512), fc.Max(), 4);
        var again = RandomWeights.For(Registry.Get("mobilenet_v2").Build(), seed: 1);
        Assert.Equal(state["classifier.1.weight"].Floats().ToArray(), again["classifier.1.weight"].Floats().ToArray());
    }

    private static double Deviation(TensorData tensor)
    {
        double[] values = [.. tensor.Floats().ToArray().Select(v => (double)v)];
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length);
    }
}
