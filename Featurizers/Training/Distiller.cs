using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>
/// Trains a student to give what a teacher gives (knowledge distillation, Hinton et al. 2015, arXiv:1503.02531; of features, Romero et al.
/// 2014, arXiv:1412.6550). No labels are needed. The teacher runs in ONNX Runtime, once for each view of an image.
/// </summary>
public static class Distiller
{
    private const string Features = "features";

    /// <summary>Trains, and returns the student of the epoch whose loss on the validation images was the lowest, or of the last without any.</summary>
    /// <param name="options">How.</param>
    /// <param name="train">The images to learn from.</param>
    /// <param name="validation">Images that only choose the best epoch; may be empty.</param>
    /// <param name="cancellationToken">Ends the training after the current step; the best weights until then are returned, if an epoch is done.</param>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    /// <exception cref="OperationCanceledException">It was canceled before the first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is no number any more, or a batch is too large for the memory.</exception>
    public static TrainedNetwork Distill(DistillationOptions options, IReadOnlyList<ImageSource> train, IReadOnlyList<ImageSource> validation, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        options = (DistillationOptions)options.Copy();
        options.Validate();
        if (train.Count < 2)
            throw new ArgumentException($"{train.Count} images are too few to train on.", nameof(train));
        var teacher = Pretrained.Load(Registry.Get(options.Teacher), options.TeacherWeights, progress: options.DownloadProgress, cancellationToken: cancellationToken);
        using var _ = teacher.Network.Weights;
        var shown = options.TeacherSize is { } size ? teacher.Preprocessing with { Resize = teacher.Preprocessing.Resize * size / teacher.Preprocessing.Crop, Crop = size } : teacher.Preprocessing;
        var taught = teacher.Network.Graph.UntilOutput();
        Checkpoint.CheckNumbers(taught, teacher.Network.Weights, teacher.Source);
        int classes = taught.Output.Shape.Count;
        var whole = Registry.Get(options.Teacher).Build(classes, shown.Crop).UntilOutput();
        var both = new Network(whole, teacher.Network.Weights).AndValueOf(Features);

        var student = Pretrained.Load(options.Backbone, options.Weights, classes, options.Preprocessing, options.Seed, options.DownloadProgress, cancellationToken).Network;
        using var __ = student.Weights;
        var own = student.Graph.UntilOutput();
        // A map from its features to the teacher's lies beside the path to the logits, which stay the result.
        var mapped = own.With(logits =>
        {
            new Value(logits.Graph, own.Find(Features)).Linear("map", both.Graph.Output.Shape.Count - classes).As(DistillationLoss.Map);
            return logits;
        });
        foreach (var (key, parameter) in mapped.State.Except(own.State))
            student.Weights[key] = RandomWeights.Create(key, parameter, options.Seed);
        var network = new Network(mapped, student.Weights);

        Example[] learnt = [.. train.Select(i => new Example(i, 0))], held = [.. validation.Select(i => new Example(i, 0))];
        string fingerprint = options.Checkpoint is null ? "" : Fingerprint.Of(options, options.Preprocessing!, learnt, held,
            $"{options.Teacher} {options.TeacherWeights} {shown} {options.Temperature} {options.FeatureWeight}");
        var (history, best) = new TrainingLoop(options, network, fingerprint, cancellationToken).Run(() => new(options, network, Of(learnt, options.Augmentation), Of(held, Augmentation.None)));
        return new TrainedNetwork(new Network(own, network.Weights.Copy(own.State.Select(s => s.Key))), options.Preprocessing!, new TrainingHistory(history), best);

        Batches Of(IReadOnlyList<Example> examples, Augmentation augmentation)
        {
            var outputs = new FrozenInputs(both, examples, shown, augmentation, options, cancellationToken);
            var pixels = new PixelInputs(examples, options.Preprocessing!, augmentation, options.Seed, outputs.Views);
            return new ArrayBatches(examples.Count, pixels, new DistillationLoss(outputs, classes, options), mapped.Input.Shape, options);
        }
    }
}
