using TransferKit.Training;
using static TorchSharp.torch;

namespace TransferKit.Tests.Featurizers.Training;

public class MixupTests
{
    [Fact]
    public void Images_and_targets_are_blended_alike_by_a_beta_distribution()
    {
        using var scope = NewDisposeScope();
        var random = new Random(4);
        var weights = new List<double>();
        for (int i = 0; i < 2000; i++)
        {
            using var step = NewDisposeScope();
            // Two images that are their own targets: the first pixel is the weight of the first image.
            var (x, y) = Mixup.Apply(eye(2), eye(2), 0.5, random);
            Assert.True(x.equal(y).all().item<bool>());
            weights.Add(x[0, 0].item<float>());
        }
        // Half of the time each image is blended with itself; else the weight has the distribution Beta(1/2, 1/2) with variance 1/8.
        double[] blended = [.. weights.Where(w => w < 1)];
        Assert.InRange(blended.Length, 900, 1100);
        Assert.Equal(0.5, blended.Average(), 0.04);
        Assert.Equal(0.125, blended.Average(w => (w - 0.5) * (w - 0.5)), 0.01);
    }
}
