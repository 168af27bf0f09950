using System.Text.RegularExpressions;
using TransferKit.Backbones;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>Loads weights of detectors: published files, a user's files, or a backbone's weights with randomly initialized heads.</summary>
public static partial class DetectorWeights
{
    private const string ClassBias = "roi_heads.box_predictor.cls_score.bias";

    /// <summary>Loads weights for the classes that they were trained on. Blocks until the weights are loaded.</summary>
    /// <inheritdoc cref="LoadAsync"/>
    public static StateDict Load(FasterRcnn detector, string? weights = null, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default) =>
        LoadAsync(detector, weights, progress, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Loads weights for the classes that they were trained on, which are downloaded first if necessary.</summary>
    /// <param name="detector">The architecture.</param>
    /// <param name="weights">A tag, or a path to a .pth or .safetensors file; null for the published weights.</param>
    /// <param name="progress">Receives the bytes of a download, done and in total (0 if unknown).</param>
    /// <param name="cancellationToken">Stops a download; a later call resumes it.</param>
    /// <exception cref="ArgumentException">There is neither a tag nor a file of this name.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or of another architecture.</exception>
    /// <exception cref="DownloadException">The file could not be downloaded.</exception>
    public static async Task<StateDict> LoadAsync(FasterRcnn detector, string? weights = null,
        IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(detector);
        var (state, path) = await ReadAsync(detector, weights, progress, cancellationToken).ConfigureAwait(false);
        int classes = state.ContainsKey(ClassBias) ? ClassesOf(state) : detector.Classes;
        Checkpoint.Check(detector.Build(256, 256, classes), state, $"{path} for {detector.Name}");
        return state;
    }

    /// <summary>The number of classes of a detector's weights, including the background.</summary>
    /// <param name="weights">The weights.</param>
    /// <exception cref="ArgumentException">They are not the weights of a detector.</exception>
    public static int ClassesOf(StateDict weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        return weights.TryGetValue(ClassBias, out var bias) ? bias.Count
            : throw new ArgumentException($"The weights are not those of a detector: they lack '{ClassBias}'.", nameof(weights));
    }

    /// <summary>
    /// The weights that training starts from: those of the detector, or of its backbone alone. What they lack, or has another shape for
    /// another number of classes, is randomly initialized.
    /// </summary>
    internal static StateDict Initialize(FasterRcnn detector, string? weights, int classes, int seed, IProgress<(long, long)>? progress)
    {
        var graph = detector.Build(256, 256, classes);
        if (weights == Pretrained.None)
            return RandomWeights.For(graph, seed);
        var pretrained = detector.Weights.Count > 0 ? Load(detector, weights, progress)
            : LoadBackbone(detector.Backbone, weights, progress);
        var state = new StateDict(pretrained);
        foreach (var (key, parameter) in graph.State)
        {
            bool fits = pretrained.TryGetValue(key, out var tensor) && tensor.Dimensions.SequenceEqual(parameter.Dimensions);
            state[key] = fits ? tensor! : RandomWeights.Create(key, parameter, seed);
        }
        return state;
    }

    private static StateDict LoadBackbone(Backbone backbone, string? weights, IProgress<(long, long)>? progress)
    {
        var state = new StateDict();
        foreach (var (key, tensor) in FasterRcnn.WithBodyKeys(Pretrained.Load(backbone, weights, progress: progress).Network.Weights))
            state[key] = tensor;
        return state;
    }

    private static async Task<(StateDict State, string Path)> ReadAsync(FasterRcnn detector, string? weights,
        IProgress<(long, long)>? progress, CancellationToken cancellationToken)
    {
        bool isFile = File.Exists(weights);
        var entry = isFile ? detector.Weights.FirstOrDefault(w => w.FileName == Path.GetFileName(weights)) : Entry(detector, weights);
        string path = isFile ? weights!
            : await WeightStore.Default.GetAsync(entry!, progress, cancellationToken).ConfigureAwait(false);
        var state = Checkpoint.Read(path).Renamed(CurrentKey);
        if (entry?.Epsilon is { } epsilon)
            AddToVariances(state, epsilon - (detector.Epsilon ?? new BatchNorm().Epsilon));
        return (state, path);
    }

    // Batch normalization divides by the square root of variance plus epsilon: a changed variance makes up for another epsilon.
    private static void AddToVariances(StateDict state, double difference)
    {
        foreach (string key in state.Keys.Where(k => k.EndsWith(".running_var", StringComparison.Ordinal)).ToArray())
        {
            float[] variances = [.. state[key].Floats().ToArray().Select(v => (float)(v + difference))];
            state[key] = TensorData.From(variances, [.. state[key].Dimensions]);
        }
    }

    private static DetectorWeightEntry Entry(FasterRcnn detector, string? weights)
    {
        string tags = detector.Weights.Count == 0 ? "" : "COCO_V1, or ";
        return detector.Weights.FirstOrDefault(w => weights is null || w.Tag.Equals(weights, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(
                $"{detector.Name} has no weights '{weights}'; {tags}a path to a .pth or .safetensors file works.");
    }

    // The published files are older than today's module names in torchvision.
    private static string CurrentKey(string key) => PyramidLayer().Replace(key, "$1.0.$2")
        .Replace("rpn.head.conv.weight", "rpn.head.conv.0.0.weight", StringComparison.Ordinal)
        .Replace("rpn.head.conv.bias", "rpn.head.conv.0.0.bias", StringComparison.Ordinal);

    [GeneratedRegex(@"^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.(weight|bias)$")]
    private static partial Regex PyramidLayer();
}
