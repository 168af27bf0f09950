using TransferKit.Engines.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Training;

/// <summary>The cross-entropy between a network's logits and the labels of the examples.</summary>
/// <param name="examples">The examples with their labels.</param>
/// <param name="classes">The number of classes.</param>
/// <param name="smoothing">Label smoothing: the probability that is spread evenly over all classes.</param>
/// <param name="classWeights">The weight of each class, or null for equal ones.</param>
/// <param name="outputs">The nodes of logits, each with the weight of its loss: the classifier and auxiliary classifiers.</param>
internal sealed class CrossEntropyLoss(IReadOnlyList<Example> examples, int classes, double smoothing, float[]? classWeights,
    params IReadOnlyList<(string Node, double Weight)> outputs) : Criterion
{
    /// <summary>The metric's name.</summary>
    public const string Accuracy = "accuracy";

    public override IReadOnlyList<string> Outputs { get; } = [.. outputs.Select(o => o.Node)];

    public override int Width => classes;

    public override string Metric => Accuracy;

    public override void ReadTarget(int example, int epoch, Span<float> target)
    {
        target.Fill((float)(smoothing / classes));
        target[examples[example].Label] += (float)(1 - smoothing);
    }

    public override Tensor Loss(IReadOnlyList<Tensor> values, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var weights = classWeights is null ? null : tensor(classWeights).to(targets.device);
        return values.Zip(outputs, (logits, output) => CrossEntropy(logits, targets, weights).Times(output.Weight))
            .Aggregate((sum, loss) => sum.Plus(loss))
            .MoveToOuterDisposeScope();
    }

    /// <summary>Returns class weights inversely proportional to the number of examples, with a mean of 1 over the examples.</summary>
    /// <param name="examples">The examples with their labels.</param>
    /// <param name="classes">The number of classes; the weight of a class without examples is 0.</param>
    public static float[] BalancedWeights(IReadOnlyList<Example> examples, int classes)
    {
        int[] counts = new int[classes];
        foreach (var example in examples)
            counts[example.Label]++;
        int present = counts.Count(c => c > 0);
        return [.. counts.Select(c => c == 0 ? 0f : (float)examples.Count / (present * c))];
    }

    // The mean weighs each image by the weight of its class, as PyTorch's does.
    private static Tensor CrossEntropy(Tensor logits, Tensor targets, Tensor? weights)
    {
        using var scope = NewDisposeScope();
        var weighted = weights is null ? targets : targets * weights;
        return (-(weighted * F.log_softmax(logits, 1)).sum() / weighted.sum()).MoveToOuterDisposeScope();
    }
}
