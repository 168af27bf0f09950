using TransferKit.Engines.Torch;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Each example should be given its label.</summary>
/// <param name="examples">The examples.</param>
/// <param name="classes">The number of classes.</param>
/// <param name="smoothing">The part of the probability that is spread over all classes.</param>
/// <param name="weights">How much each class counts, or null for the same.</param>
/// <param name="outputs">The nodes of logits, with the weight of their loss.</param>
internal sealed class Classification(IReadOnlyList<Example> examples, int classes, double smoothing, float[]? weights, params IReadOnlyList<(string Node, double Weight)> outputs) : Objective
{
    public override IReadOnlyList<string> Outputs { get; } = [.. outputs.Select(o => o.Node)];

    public override int Width => classes;

    public override void Read(int example, int epoch, Span<float> to)
    {
        to.Fill((float)(smoothing / classes));
        to[examples[example].Label] += (float)(1 - smoothing);
    }

    public override Tensor Loss(IReadOnlyList<Tensor> values, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var perClass = weights is null ? null : tensor(weights).to(targets.device);
        return values.Zip(outputs).Select(o => Targets.CrossEntropy(o.First, targets, perClass).Times(o.Second.Weight)).Aggregate((a, b) => a.Plus(b)).MoveToOuterDisposeScope();
    }
}
