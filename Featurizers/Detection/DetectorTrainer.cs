using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>A detector that was trained.</summary>
/// <param name="Detector">The architecture.</param>
/// <param name="Weights">Its weights.</param>
/// <param name="History">What each epoch gave; the accuracy of validation is the average precision at an intersection over union of 0.5.</param>
/// <param name="BestEpoch">The epoch the weights are of, counted from 1.</param>
public sealed record TrainedDetector(FasterRcnn Detector, StateDict Weights, TrainingHistory History, int BestEpoch);

/// <summary>Fine-tunes a detector to new classes.</summary>
public static class DetectorTrainer
{
    /// <summary>Trains, and returns the weights of the epoch that was best on the validation images, or of the last without any.</summary>
    /// <param name="options">How.</param>
    /// <param name="train">The images to learn from.</param>
    /// <param name="validation">Images that only choose the best epoch; may be empty.</param>
    /// <param name="classes">The number of classes, with 0 for nothing.</param>
    /// <param name="cancellationToken">Ends the training after the current step; the best weights until then are returned, if an epoch is done.</param>
    /// <exception cref="ArgumentException">An option is impossible, or a box is.</exception>
    /// <exception cref="ImageFormatException">An image is not readable.</exception>
    /// <exception cref="OperationCanceledException">It was canceled before the first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is no number any more, or a batch is too large for the memory.</exception>
    public static TrainedDetector Train(DetectionOptions options, IReadOnlyList<DetectionExample> train, IReadOnlyList<DetectionExample> validation, int classes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        options = (DetectionOptions)options.Copy();
        options.Validate();
        if (train.Count < 2)
            throw new ArgumentException($"{train.Count} images are too few to train on.", nameof(train));
        foreach (var (example, i) in train.Concat(validation).Select((e, i) => (e, i)))
            example.Validate(example.Image.Path ?? $"image {i + 1}", classes);
        var detector = options.Architecture();
        var graph = detector.Build(256, 256, classes);
        using var weights = DetectorWeights.Initialize(detector, options.Weights, classes, options.Seed, options.DownloadProgress);
        var network = new Network(graph, weights);
        var pass = new DetectorPass(detector, classes, options.AnchorsPerImage, options.ProposalsPerImage);
        Batches Of(IReadOnlyList<DetectionExample> examples, Augmentation augmentation, double jitter) => new DetectionBatches(examples, detector, pass, augmentation, jitter, options);
        string[] frozen = options.FrozenStages == 0 ? [] : [.. graph.Until(graph.StageEnds()[options.FrozenStages].Name).State.Where(s => !s.Parameter.IsBuffer).Select(s => s.Key)];
        string fingerprint = options.Checkpoint is null ? "" : Fingerprint.Of(options, Preprocessing.ImageNet, Images(train), Images(validation), $"{detector.Name} {detector.Transform} {options.ScaleJitter} {options.FrozenStages} {options.AnchorsPerImage} {options.ProposalsPerImage} {classes} classes, boxes {Hash(train.Concat(validation))}");
        var (history, best) = new TrainingLoop(options, network, fingerprint, cancellationToken).Run(() =>
            new(options, network, Of(train, options.Augmentation, options.ScaleJitter), Of(validation, Augmentation.None, 0)) { Frozen = frozen });
        return new TrainedDetector(detector, weights.Copy(graph.State.Select(s => s.Key)), new TrainingHistory(history), best);
    }

    private static Example[] Images(IEnumerable<DetectionExample> examples) => [.. examples.Select(e => new Example(e.Image, 0))];

    private static string Hash(IEnumerable<DetectionExample> examples) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join(';', examples.Select(e => string.Join(' ', e.GroundTruth.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t}"))))))))[..16];
}
