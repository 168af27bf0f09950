using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>
/// Trains a student network to reproduce the outputs of a teacher network (knowledge distillation, Hinton et al. 2015, arXiv:1503.02531;
/// of features, Romero et al. 2014, arXiv:1412.6550). No labels are needed. The teacher runs in ONNX Runtime, once per view of an image.
/// </summary>
public static class Distiller
{
    private const string Features = "features";

    // The best epoch is the one with the lowest loss: agreement is too coarse.
    private static readonly EpochSelection Selection = new(DistillationLoss.Agreement, ByLoss: true);

    /// <summary>
    /// Trains, and returns the student of the epoch with the lowest validation loss, or of the last without validation images.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="train">The training images.</param>
    /// <param name="validation">The validation images, which only choose the best epoch; may be empty.</param>
    /// <param name="cancellationToken">Ends the training after the current step; the best student so far is returned, if an epoch is
    /// done.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch; the message says what to add.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled before its first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is not finite, a batch does not fit the memory, or no learning rate was
    /// found.</exception>
    public static TrainedNetwork Distill(DistillationOptions options, IReadOnlyList<ImageSource> train,
        IReadOnlyList<ImageSource> validation, CancellationToken cancellationToken = default)
    {
        options = TrainingGuard.Check(options, train, validation);
        var (teacher, teacherPreprocessing, classes) = LoadTeacher(options);
        using var teacherWeights = teacher.Weights;
        int teacherFeatures = teacher.Graph.Output.Shape.Count - classes;
        var (student, network) = LoadStudent(options, classes, teacherFeatures);
        using var studentWeights = network.Weights;

        Example[] trainExamples = [.. train.Select(i => new Example(i, 0))];
        Example[] validationExamples = [.. validation.Select(i => new Example(i, 0))];
        var loop = new TrainingLoop(options, network, Selection, CreateFingerprint, cancellationToken);
        var (history, best) = loop.Run(() => new(TrainingPhase.AllLayers, options, network,
            CreateLoader(trainExamples, options.Augmentation), CreateLoader(validationExamples, Augmentation.None)));
        var weights = network.Weights.Copy(student.State.Select(s => s.Key));
        return new TrainedNetwork(new Network(student, weights), options.Preprocessing, history, best);

        SortedDictionary<string, string> CreateFingerprint() => Fingerprint.Of(options, network.Graph, trainExamples, validationExamples,
            ("teacher", Fingerprint.Hash(GraphText.Write(teacher.Graph))), ("teacher's preprocessing", teacherPreprocessing));

        DataLoader CreateLoader(IReadOnlyList<Example> examples, Augmentation augmentation)
        {
            var outputs = new CachedActivations(
                teacher, examples, teacherPreprocessing, augmentation, options, "Teacher", cancellationToken);
            var pixels = new PixelInputs(examples, options.Preprocessing, augmentation, options.Seed, outputs.Views);
            var loss = new DistillationLoss(outputs, classes, options);
            return new ImageDataLoader(examples.Count, pixels, loss, network.Graph.Input.Shape, options);
        }
    }

    // The teacher gives its logits and, after them, its features.
    private static (Network Teacher, Preprocessing Preprocessing, int Classes) LoadTeacher(DistillationOptions options)
    {
        var (network, preprocessing, source) = Pretrained.Load(options.Teacher, options.TeacherWeights, progress: options.DownloadProgress);
        if (options.TeacherSize is { } size)
            preprocessing = preprocessing with { Resize = preprocessing.Resize * size / preprocessing.Crop, Crop = size };
        var graph = network.Graph.UntilOutput();
        Checkpoint.CheckNumbers(graph, network.Weights, source);
        int classes = graph.Output.Shape.Count;
        var resized = options.Teacher.Build(classes, preprocessing.Crop).UntilOutput();
        return (new Network(resized, network.Weights).AndValueOf(Features), preprocessing, classes);
    }

    // The student as it is returned, and as it is trained: with a linear projection of its features to the teacher's beside its logits.
    private static (Graph Student, Network Trained) LoadStudent(DistillationOptions options, int classes, int teacherFeatures)
    {
        var network = Pretrained.Load(
            options.Backbone, options.Weights, classes, options.Preprocessing, options.Seed, options.DownloadProgress).Network;
        var student = network.Graph.UntilOutput();
        var trained = student.With(logits =>
        {
            new Value(logits.Graph, student.Find(Features)).Linear("map", teacherFeatures).As(DistillationLoss.Projection);
            return logits;
        });
        foreach (var (key, parameter) in trained.State.Except(student.State))
            network.Weights[key] = RandomWeights.Create(key, parameter, options.Seed);
        return (student, new Network(trained, network.Weights));
    }
}
