using TransferKit.Backbones;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public class RandomWeightsTests
{
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
    public void Random_weights_have_torchvisions_standard_deviations(string name)
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
    public void Random_weights_are_the_same_for_the_same_seed()
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
