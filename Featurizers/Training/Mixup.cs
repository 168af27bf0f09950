using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Mixup (arXiv:1710.09412).</summary>
internal static class Mixup
{
    /// <summary>Blends each image and its target with another image of the batch and its target.</summary>
    /// <param name="images">Batch x image.</param>
    /// <param name="targets">Batch x target.</param>
    /// <param name="alpha">The parameter of the beta distribution of the blending weight, above 0.</param>
    /// <param name="random">Chooses the weight and the other images.</param>
    public static (Tensor Images, Tensor Targets) Apply(Tensor images, Tensor targets, double alpha, Random random)
    {
        double weight = SampleBeta(alpha, random);
        int[] order = [.. Enumerable.Range(0, (int)images.shape[0])];
        random.Shuffle(order);
        var permutation = tensor(order, ScalarType.Int64).to(images.device);
        return (Blend(images), Blend(targets));

        Tensor Blend(Tensor values) => values.Times(weight).Plus(values.index_select(0, permutation).Times(1 - weight));
    }

    // Jöhnk 1964: the first one's share of two powers of uniform numbers that sum up to at most 1.
    private static double SampleBeta(double alpha, Random random)
    {
        while (true)
        {
            double first = Math.Pow(random.NextDouble(), 1 / alpha), second = Math.Pow(random.NextDouble(), 1 / alpha);
            if (first + second is > 0 and <= 1)
                return first / (first + second);
        }
    }
}
