using System.Collections.Concurrent;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>Finds objects in images: Faster R-CNN in ONNX Runtime, without libtorch. Several threads may use it.</summary>
public sealed class ObjectDetector : IDisposable
{
    private readonly ConcurrentDictionary<(int Height, int Width), DetectionSteps> _steps = new();
    private readonly Func<int, int, DetectionSteps> _stepsFor;
    private readonly OnnxInference _proposalEngine, _boxEngine;
    // With BatchSize set, the model returns one vector.
    private readonly bool _isFixedSize;
    private readonly Lock _runLock = new();
    // Reused for every image, because allocating buffers of this size takes as long as the computation.
    private float[] _input = [], _outputs = [], _regions = [], _boxOutputs = [];

    /// <summary>Creates a detector from an architecture and its weights.</summary>
    /// <param name="detector">The architecture.</param>
    /// <param name="weights">The weights of <see cref="FasterRcnn.State"/>.</param>
    /// <param name="labels">The names of the classes without the background; null for COCO's, if the weights have its 90 classes.</param>
    /// <param name="threads">The number of threads inside one run; null for one per processor.</param>
    /// <exception cref="ArgumentException">The labels do not match the classes of the weights.</exception>
    public ObjectDetector(FasterRcnn detector, StateDict weights, IReadOnlyList<string>? labels = null, int? threads = null)
        : this(ProposalNetworkOf(detector, weights), new(detector.BoxHead(DetectorWeights.ClassesOf(weights)), weights), detector.Transform,
            detector.Steps, labels, threads)
    {
    }

    /// <summary>Creates a detector from its networks, such as those of a saved model, for images of one input size.</summary>
    /// <param name="proposalNetwork">The network from a normalized image to the feature pyramid, objectness and box deltas.</param>
    /// <param name="boxHead">The network from the features of a proposal to the logits and box deltas of each class.</param>
    /// <param name="steps">
    /// The steps that are not part of the networks: preprocessing, proposals, RoIAlign and the selection of detections.
    /// </param>
    /// <param name="labels">The names of the classes without the background; null for COCO's, if the weights have its 90 classes.</param>
    /// <param name="threads">The number of threads inside one run; null for one per processor.</param>
    /// <exception cref="ArgumentException">The labels do not match the classes, or the input has no fixed size.</exception>
    public ObjectDetector(Network proposalNetwork, Network boxHead, DetectionSteps steps, IReadOnlyList<string>? labels = null,
        int? threads = null) : this(proposalNetwork, boxHead, FixedTransform(steps), (_, _) => steps, labels, threads)
    {
    }

    private ObjectDetector(Network proposalNetwork, Network boxHead, DetectionTransform transform, Func<int, int, DetectionSteps> stepsFor,
        IReadOnlyList<string>? labels, int? threads)
    {
        ArgumentNullException.ThrowIfNull(proposalNetwork);
        ArgumentNullException.ThrowIfNull(boxHead);
        (ProposalNetwork, BoxHead, Transform, _stepsFor) = (proposalNetwork, boxHead, transform, stepsFor);
        int classes = boxHead.Graph.Output.Shape.Count / DetectionHeads.OutputsPerClass;
        if (labels is null && classes != CocoLabels.Count + 1)
            throw new ArgumentException($"labels is null, but the weights have {classes - 1} classes: give one name for each. "
                + $"Only COCO's {CocoLabels.Count} have default names.", nameof(labels));
        Labels = labels ?? [.. Enumerable.Range(1, classes - 1).Select(CocoLabels.Of)];
        if (Labels.Count != classes - 1)
            throw new ArgumentException(
                $"{Labels.Count} labels are invalid: the weights have {classes - 1} classes, and each needs one name.", nameof(labels));
        int threadCount = threads ?? Environment.ProcessorCount;
        _isFixedSize = transform.InputSize is not null;
        // With a fixed size this is the model that is saved, so that both give the same numbers to the last bit.
        var options = new OnnxOptions { DynamicSize = !_isFixedSize, BatchSize = _isFixedSize ? 1 : null };
        _proposalEngine = new(proposalNetwork, threadCount, "cpu", options);
        try
        {
            _boxEngine = new(boxHead, threadCount);
        }
        catch
        {
            _proposalEngine.Dispose();
            throw;
        }
    }

    /// <summary>The names of the classes without the background.</summary>
    public IReadOnlyList<string> Labels { get; }

    /// <summary>The network from a normalized image to the feature pyramid, objectness and box deltas.</summary>
    public Network ProposalNetwork { get; }

    /// <summary>The network from the features of a proposal to the logits and box deltas of each class.</summary>
    public Network BoxHead { get; }

    /// <summary>The preprocessing.</summary>
    public DetectionTransform Transform { get; }

    /// <summary>The steps that are not part of the networks: preprocessing, proposals, RoIAlign and the selection of detections.</summary>
    /// <param name="height">The height of the network's input in pixels, with padding.</param>
    /// <param name="width">The width of the network's input in pixels, with padding.</param>
    public DetectionSteps Steps(int height, int width) => _steps.GetOrAdd((height, width), size => _stepsFor(size.Height, size.Width));

    /// <summary>Finds objects in an image; those with the highest scores come first.</summary>
    /// <param name="picture">The image.</param>
    /// <returns>The detections, with boxes in pixels of the image.</returns>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    public IReadOnlyList<Detection> Detect(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var resized = Transform.ResizedSize(picture.Width, picture.Height);
        var (width, height) = Transform.PaddedSize(resized.Width, resized.Height);
        var steps = Steps(height, width);
        var detections = Detect(steps, resized, (width, height), input => steps.Preprocess(picture, input));
        return Transform.Postprocess(detections, picture.Width, picture.Height);
    }

    /// <summary>Finds objects in a preprocessed image, with boxes in its pixels.</summary>
    /// <param name="steps">The steps for the padded size.</param>
    /// <param name="resized">The size of the resized image, without padding.</param>
    /// <param name="padded">The size of the network's input.</param>
    /// <param name="preprocess">Writes the input of the network, 3 x height x width values.</param>
    /// <param name="onProposals">Receives the proposals.</param>
    internal Detection[] Detect(DetectionSteps steps, (int Width, int Height) resized, (int Width, int Height) padded,
        Action<Memory<float>> preprocess, Action<Box[]>? onProposals = null)
    {
        // A run uses all processors: parallel runs would only wait for each other.
        lock (_runLock)
        {
            int count = steps.Layout.Count;
            preprocess(EnsureCapacity(ref _input, 3 * padded.Width * padded.Height));
            var outputs = EnsureCapacity(ref _outputs, count);
            long[] outputDimensions = _isFixedSize ? [count] : [1, count];
            _proposalEngine.Run(_input, [1, 3, padded.Height, padded.Width], outputs, outputDimensions);
            var proposals = steps.Propose(outputs, resized);
            onProposals?.Invoke(proposals);
            if (proposals.Length == 0)
                return [];
            var regions = EnsureCapacity(ref _regions, proposals.Length * steps.RegionCount);
            steps.Pool(outputs, proposals, regions);
            var boxOutputs = EnsureCapacity(ref _boxOutputs, proposals.Length * _boxEngine.Output.Count);
            _boxEngine.Run(regions, proposals.Length, boxOutputs);
            return steps.Select(proposals, boxOutputs.Span, resized);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _proposalEngine.Dispose();
        _boxEngine.Dispose();
    }

    private static Network ProposalNetworkOf(FasterRcnn detector, StateDict weights)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(weights);
        // Without a fixed input size the exported network takes every size, and the size of the graph does not matter.
        int size = detector.Transform.InputSize ?? 256;
        return new Network(detector.ProposalNetwork(size, size), weights);
    }

    private static DetectionTransform FixedTransform(DetectionSteps steps)
    {
        ArgumentNullException.ThrowIfNull(steps);
        return steps.Transform.InputSize is not null ? steps.Transform
            : throw new ArgumentException("steps.Transform.InputSize is null: a detector created from two networks needs a "
                + "fixed input size. Set it with WithInputSize.", nameof(steps));
    }

    private static Memory<float> EnsureCapacity(ref float[] buffer, int count)
    {
        if (buffer.Length < count)
            buffer = new float[count];
        return buffer.AsMemory(0, count);
    }
}
