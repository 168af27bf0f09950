using System.Globalization;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Training;

namespace TransferKit.Detection;

/// <summary>Fine-tunes an object detector to new classes.</summary>
public static class DetectorTrainer
{
    private static readonly EpochSelection Selection = new(DetectionDataLoader.AveragePrecision);

    /// <summary>
    /// Trains, and returns the weights of the epoch with the highest AP50 on the validation images, or of the last without validation
    /// images.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="train">The training images with their ground truth.</param>
    /// <param name="validation">The validation images, which only choose the best epoch; may be empty.</param>
    /// <param name="classes">The number of classes, including 0 for the background.</param>
    /// <param name="cancellationToken">
    /// Ends the training after the current step; the best weights so far are returned, if an epoch is done.
    /// </param>
    /// <exception cref="ArgumentException">An option or a box is invalid.</exception>
    /// <exception cref="ImageFormatException">An image cannot be read.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch; the message says what to add.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled before its first epoch was done.</exception>
    /// <exception cref="TrainingException">
    /// The loss is not finite, a batch does not fit the memory, or no learning rate was found.
    /// </exception>
    public static TrainedDetector Train(DetectionOptions options, IReadOnlyList<DetectionExample> train,
        IReadOnlyList<DetectionExample> validation, int classes, CancellationToken cancellationToken = default)
    {
        options = TrainingGuard.Check(options, train, validation);
        foreach (var (i, example) in train.Concat(validation).Index())
            example.Validate(example.Image.Path ?? $"image {i + 1}", classes);
        var detector = options.Architecture();
        var graph = detector.Build(256, 256, classes);
        using var weights = DetectorWeights.Initialize(detector, options.Weights, classes, options.Seed, options.DownloadProgress);
        var network = new Network(graph, weights);
        var pass = new DetectorPass(detector, classes, options.AnchorsPerImage, options.ProposalsPerImage);
        var loop = new TrainingLoop(options, network, Selection, CreateFingerprint, cancellationToken);
        var (history, best) = loop.Run(() => new(TrainingPhase.AllLayers, options, network,
            CreateLoader(train, options.Augmentation, options.ScaleJitter), CreateLoader(validation, Augmentation.None, scaleJitter: 0))
        {
            FrozenParameters = options.FrozenParameters(graph),
        });
        return new TrainedDetector(detector, weights.Copy(graph.State.Select(s => s.Key)), history, best);

        DataLoader CreateLoader(IReadOnlyList<DetectionExample> examples, Augmentation augmentation, double scaleJitter) =>
            new DetectionDataLoader(examples, detector, pass, augmentation, scaleJitter, options);

        SortedDictionary<string, string> CreateFingerprint()
        {
            string boxes = Fingerprint.Hash(BoxesText(train.Concat(validation)));
            return Fingerprint.Of(options, graph, Images(train), Images(validation),
                ("detector", detector.Name), ("transform", detector.Transform), ("boxes", boxes));
        }
    }

    private static Example[] Images(IEnumerable<DetectionExample> examples) => [.. examples.Select(e => new Example(e.Image, 0))];

    private static string BoxesText(IEnumerable<DetectionExample> examples) =>
        string.Join(';', examples.Select(e => string.Join(' ', e.GroundTruth.Select(Text))));

    private static string Text(LabeledBox labeled) => string.Create(CultureInfo.InvariantCulture, $"{labeled}");
}
