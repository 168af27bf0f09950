using TransferKit.Engines.Torch;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace TransferKit.Training;

/// <summary>
/// The distillation loss: the Kullback-Leibler divergence from the teacher's softened probabilities to the student's (arXiv:1503.02531),
/// plus the cosine distance between the teacher's features and a linear projection of the student's (arXiv:1412.6550). The cosine compares
/// what a linear classifier on features of unit length sees.
/// </summary>
/// <param name="teacher">The teacher's logits and features for each view, one after the other.</param>
/// <param name="classes">The number of its logits.</param>
/// <param name="options">The temperature and the weight of the features.</param>
internal sealed class DistillationLoss(NetworkInputs teacher, int classes, DistillationOptions options) : Criterion
{
    /// <summary>The node that projects the student's features to the teacher's width.</summary>
    public const string Projection = "projection";

    /// <summary>The metric's name: the fraction of images that student and teacher give the same top class.</summary>
    public const string Agreement = "agreement";

    public override IReadOnlyList<string> Outputs { get; } = ["logits", Projection];

    public override int Width => teacher.Width;

    public override string Metric => Agreement;

    public override void ReadTarget(int example, int epoch, Span<float> target) => teacher.Read(example, epoch, target);

    public override Tensor Loss(IReadOnlyList<Tensor> outputs, Tensor targets)
    {
        using var scope = NewDisposeScope();
        var (teacherLogits, teacherFeatures) = (targets.narrow(1, 0, classes), targets.narrow(1, classes, targets.shape[1] - classes));
        var studentLog = F.log_softmax(outputs[0].Times(1 / options.Temperature), 1);
        var teacherLog = F.log_softmax(teacherLogits.Times(1 / options.Temperature), 1);
        var divergence = (teacherLog.exp() * (teacherLog - studentLog)).sum(1).mean();
        var cosineDistance = F.cosine_similarity(outputs[1], teacherFeatures, 1).mean().neg().Plus(1);
        return divergence.Plus(cosineDistance.Times(options.FeatureWeight)).MoveToOuterDisposeScope();
    }

    public override void DeleteOnDispose() => teacher.DeleteOnDispose();

    public override void Dispose()
    {
        teacher.Dispose();
        base.Dispose();
    }
}
