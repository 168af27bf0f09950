using TransferKit.Engines.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Training;

/// <summary>
/// Each view should give what the teacher gives for it: its probabilities, softened (arXiv:1503.02531), and by a linear map its features'
/// direction, which is what a linear classifier on features of unit length sees.
/// </summary>
/// <param name="teacher">The teacher's logits and features for each view, one after the other.</param>
/// <param name="classes">The number of its logits.</param>
/// <param name="options">The temperature, and what the features count.</param>
internal sealed class DistillationLoss(TailInputs teacher, int classes, DistillationOptions options) : Objective
{
    /// <summary>The node that maps the student's features to the teacher's.</summary>
    public const string Map = "imitated";

    public override IReadOnlyList<string> Outputs { get; } = ["logits", Map];

    public override int Width => teacher.Width;

    public override void Read(int example, int epoch, Span<float> to) => teacher.Read(example, epoch, to);

    public override Tensor Loss(IReadOnlyList<Tensor> outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var (logits, features) = (targets.narrow(1, 0, classes), targets.narrow(1, classes, targets.shape[1] - classes));
        var (log, goal) = (F.log_softmax(outputs[0].Times(1 / options.Temperature), 1), F.log_softmax(logits.Times(1 / options.Temperature), 1));
        var divergence = (goal.exp() * (goal - log)).sum(1).mean();
        var away = F.cosine_similarity(outputs[1], features, 1).mean().neg().Plus(1);
        return divergence.Plus(away.Times(options.FeatureWeight)).MoveToOuterDisposeScope();
    }

    public override void Forget() => teacher.Forget();

    public override void Dispose()
    {
        teacher.Dispose();
        base.Dispose();
    }
}
