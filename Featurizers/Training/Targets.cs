using TransferKit.Engines.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Training;

/// <summary>Losses of class probabilities, and what is done to them.</summary>
internal static class Targets
{
    /// <summary>Mean cross-entropy of logits, classes weighed.</summary>
    /// <param name="logits">Batch x classes.</param>
    /// <param name="targets">Batch x classes, each row summing up to 1.</param>
    /// <param name="weights">One for each class, or null for equal ones.</param>
    public static Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        var weighed = weights is null ? targets : targets * weights;
        return (-(weighed * F.log_softmax(logits, 1)).sum() / weighed.sum()).MoveToOuterDisposeScope();
    }

    /// <summary>Each image and its target blended with those of another; a beta distribution decides how much (mixup, arXiv:1710.09412).</summary>
    public static (Tensor Images, Tensor Targets) Mix(Tensor images, Tensor targets, double parameter, Random numbers)
    {
        double part = Beta(parameter, numbers);
        int[] order = [.. Enumerable.Range(0, (int)images.shape[0])];
        numbers.Shuffle(order);
        var others = tensor(order, ScalarType.Int64).to(images.device);
        return (Blended(images), Blended(targets));

        Tensor Blended(Tensor own) => own.Times(part).Plus(own.index_select(0, others).Times(1 - part));
    }

    // Jöhnk 1964: of two powers of uniform numbers that sum up to at most 1, the first's share.
    private static double Beta(double parameter, Random numbers)
    {
        while (true)
        {
            double one = Math.Pow(numbers.NextDouble(), 1 / parameter), other = Math.Pow(numbers.NextDouble(), 1 / parameter);
            if (one + other is > 0 and <= 1)
                return one / (one + other);
        }
    }

    /// <summary>Weights that make all classes count the same, with mean 1 over the examples.</summary>
    public static float[] Balanced(IReadOnlyList<Example> examples, int classes)
    {
        int[] counts = new int[classes];
        foreach (var example in examples)
            counts[example.Label]++;
        int present = counts.Count(c => c > 0);
        return [.. counts.Select(c => c == 0 ? 0f : (float)examples.Count / (present * c))];
    }
}
