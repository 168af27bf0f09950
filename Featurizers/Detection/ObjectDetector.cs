using System.Collections.Concurrent;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>A frozen detector in ONNX Runtime, without libtorch: what is where in an image.</summary>
public sealed class ObjectDetector : IDisposable
{
    private readonly FasterRcnn _detector;
    private readonly OnnxInference _proposing, _classifying;
    private readonly int _classes;
    private readonly ConcurrentDictionary<(int, int), ProposalLayout> _layouts = new();
    private readonly Lock _turn = new();
    // Kept from image to image: new memory of this size costs as much as what is done with it.
    private float[] _images = [], _vector = [], _turned = [], _pixels = [], _results = [];

    /// <summary>Makes a detector.</summary>
    /// <param name="detector">The architecture.</param>
    /// <param name="weights">Weights of its <see cref="FasterRcnn.State"/>.</param>
    /// <param name="threads">Threads inside one run; null for one each processor.</param>
    public ObjectDetector(FasterRcnn detector, StateDict weights, int? threads = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(weights);
        _detector = detector;
        _classes = weights["roi_heads.box_predictor.cls_score.bias"].Count;
        int all = threads ?? Environment.ProcessorCount;
        _proposing = new(new Network(detector.Proposing(256, 256), weights), all, new OnnxOptions { DynamicSize = true });
        _classifying = new(new Network(detector.Classifying(_classes), weights), all);
    }

    /// <summary>What is where in an image, the likeliest first.</summary>
    /// <exception cref="ObjectDisposedException">The detector was disposed.</exception>
    public IReadOnlyList<Detection> Detect(Picture picture)
    {
        ArgumentNullException.ThrowIfNull(picture);
        var size = _detector.Transform.Resized(picture.Width, picture.Height);
        var padded = DetectionTransform.Padded(size.Width, size.Height);
        var found = Detect(size, padded, to => DetectionTransform.Apply(picture, size, padded, to));
        float x = (float)picture.Width / size.Width, y = (float)picture.Height / size.Height;
        return [.. found.Select(f => f with { Box = f.Box.Stretched(x, y) })];
    }

    /// <summary>What is where in an image that was resized, in pixels of that.</summary>
    internal Detection[] Detect((int Width, int Height) size, (int Width, int Height) padded, Action<Memory<float>> image, Action<Box[]>? proposed = null)
    {
        var layout = _layouts.GetOrAdd((padded.Height, padded.Width), p => new ProposalLayout(_detector, p.Item1, p.Item2));
        // One run takes all cores: several at once would only wait for each other.
        lock (_turn)
        {
            image(Room(ref _images, 3 * padded.Width * padded.Height));
            _proposing.Run(_images, [1, 3, padded.Height, padded.Width], Room(ref _vector, layout.Count), [1, layout.Count]);
            return Find(layout, size, proposed);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _proposing.Dispose();
        _classifying.Dispose();
    }

    private Detection[] Find(ProposalLayout layout, (int Width, int Height) size, Action<Box[]>? proposed)
    {
        var proposals = _detector.Proposals.Choose(layout.Proposals(_vector), size.Height, size.Width);
        proposed?.Invoke(proposals);
        if (proposals.Length == 0)
            return [];
        var pixels = Room(ref _pixels, proposals.Length * _classifying.Input.Count);
        layout.Pool(_vector, proposals, Room(ref _turned, layout.Pooled), pixels);
        var results = Room(ref _results, proposals.Length * _classifying.Output.Count);
        _classifying.Run(pixels, proposals.Length, results);
        return _detector.Detections.Choose(proposals, results.Span, size.Height, size.Width);
    }

    private static Memory<float> Room(ref float[] buffer, int count)
    {
        if (buffer.Length < count)
            buffer = new float[count];
        return buffer.AsMemory(0, count);
    }
}
