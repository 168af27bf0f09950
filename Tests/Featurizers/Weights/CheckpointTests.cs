using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public class CheckpointTests
{
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
    public void NaN_is_refused_where_a_value_is_needed()
    {
        var graph = Registry.Get("resnet18").Build();
        var state = RandomWeights.For(graph);
        state["fc.bias"] = TensorData.From([.. Enumerable.Repeat(float.NaN, 1000)], 1000);
        var error = Assert.Throws<InvalidDataException>(() => Checkpoint.CheckNumbers(graph, state, "x"));
        Assert.Contains("have NaN in 'fc.bias'", error.Message, StringComparison.Ordinal);
        Checkpoint.CheckNumbers(graph.Until("features"), state, "x");
    }
}
