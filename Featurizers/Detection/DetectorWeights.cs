using System.Text.RegularExpressions;
using TransferKit.Backbones;
using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>Where a detector's weights come from: a published file, one of a user's own, or a backbone's with fresh heads.</summary>
public static partial class DetectorWeights
{
    private const string Predictor = "roi_heads.box_predictor.";

    /// <summary>Weights of a detector that finds the classes they were trained for.</summary>
    /// <param name="detector">The architecture.</param>
    /// <param name="weights">A tag, or a path to a .pth or .safetensors file; null for the published ones.</param>
    /// <param name="progress">Told the bytes of a download.</param>
    /// <exception cref="ArgumentException">There is neither a tag nor a file of this name.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or not of this architecture.</exception>
    /// <exception cref="DownloadException">A tag's file could not be downloaded.</exception>
    public static StateDict Load(FasterRcnn detector, string? weights = null, IProgress<(long Done, long Total)>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(detector);
        var (state, path) = Read(detector, weights, progress);
        int classes = state.TryGetValue($"{Predictor}cls_score.bias", out var bias) ? bias.Count : detector.Classes;
        Checkpoint.Check(detector.Whole(256, 256, classes), state, $"{path} for {detector.Name}");
        return state;
    }

    /// <summary>Weights to begin a training with: those of the same detector but for the classes, or its backbone's with fresh heads.</summary>
    internal static StateDict Start(FasterRcnn detector, string? weights, int classes, int seed, IProgress<(long, long)>? progress)
    {
        var graph = detector.Whole(256, 256, classes);
        if (weights == Pretrained.None)
            return RandomWeights.For(graph, seed);
        bool whole = detector.Weights.Count > 0;
        var state = whole ? Load(detector, weights, progress) : new StateDict();
        if (!whole)
            foreach (var (key, tensor) in FasterRcnn.BodyOf(Pretrained.Load(detector.Backbone, weights, progress: progress).Network.Weights))
                state[key] = tensor;
        var start = new StateDict(state);
        foreach (var (key, parameter) in graph.State)
            start[key] = state.TryGetValue(key, out var tensor) && tensor.Dimensions.SequenceEqual(parameter.Dimensions) ? tensor : RandomWeights.Create(key, parameter, seed);
        return start;
    }

    private static (StateDict State, string Path) Read(FasterRcnn detector, string? weights, IProgress<(long, long)>? progress)
    {
        bool own = weights is not null && File.Exists(weights);
        var entry = own ? detector.Weights.FirstOrDefault(w => w.FileName == Path.GetFileName(weights)) : Entry(detector, weights);
        string path = own ? weights! : WeightStore.Default.Get(entry!, progress);
        var state = Checkpoint.Read(path).Renamed(Today);
        if (entry?.Epsilon is { } epsilon)
            Shift(state, epsilon - (detector.Epsilon ?? new BatchNorm().Epsilon));
        return (state, path);
    }

    // Normalisations divide by the root of variance and epsilon: with another epsilon, another variance gives the same.
    private static void Shift(StateDict state, double difference)
    {
        foreach (string key in state.Keys.Where(k => k.EndsWith(".running_var", StringComparison.Ordinal)).ToArray())
            state[key] = TensorData.From([.. state[key].Floats().ToArray().Select(v => (float)(v + difference))], [.. state[key].Dimensions]);
    }

    private static DetectorWeightEntry Entry(FasterRcnn detector, string? weights) =>
        detector.Weights.FirstOrDefault(w => weights is null || w.Tag.Equals(weights, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException($"{detector.Name} has no weights '{weights}'; {(detector.Weights.Count == 0 ? "" : "COCO_V1, or ")}a path to a .pth or .safetensors file works.");

    // Published files are older than the modules in which their layers lie today.
    private static string Today(string key) => InnerLayer().Replace(key, "$1.0.$2").Replace("rpn.head.conv.weight", "rpn.head.conv.0.0.weight", StringComparison.Ordinal).Replace("rpn.head.conv.bias", "rpn.head.conv.0.0.bias", StringComparison.Ordinal);

    [GeneratedRegex(@"^(backbone\.fpn\.(?:inner|layer)_blocks\.\d)\.(weight|bias)$")]
    private static partial Regex InnerLayer();
}
