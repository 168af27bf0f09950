using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>A backbone with weights, and the preprocessing that belongs to them.</summary>
/// <param name="Network">The whole network, to the logits.</param>
/// <param name="Preprocessing">What images must go through.</param>
/// <param name="Source">Where the weights come from: a file, or <c>none</c>.</param>
public sealed record Pretrained(Network Network, Preprocessing Preprocessing, string Source)
{
    /// <summary>The value of <c>weights</c> that stands for fresh, untrained weights.</summary>
    public const string None = "none";

    /// <summary>What images go through for weights: what they were published with, else what is usual for the backbone.</summary>
    /// <param name="backbone">The architecture.</param>
    /// <param name="weights">A tag, a path, <see cref="None"/>, or null for the backbone's own.</param>
    /// <exception cref="ArgumentException">There is neither a tag nor a file of this name.</exception>
    public static Preprocessing PreprocessingOf(Backbone backbone, string? weights)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return (weights is null ? backbone.Default : Entry(backbone, weights))?.Preprocessing ?? backbone.Preprocessing;
    }

    /// <summary>Loads a backbone.</summary>
    /// <param name="backbone">The architecture.</param>
    /// <param name="weights">A tag, a path to a .pth or .safetensors file, <see cref="None"/>, or null for <see cref="Backbone.Default"/>.</param>
    /// <param name="classes">Where it differs from the weights' own number of classes, the last layer is replaced by a fresh one.</param>
    /// <param name="preprocessing">Instead of the one that belongs to the weights.</param>
    /// <param name="seed">Of fresh weights.</param>
    /// <param name="progress">Told the bytes of a download.</param>
    /// <exception cref="ArgumentException">There is neither a tag nor a file of this name.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or not of this architecture.</exception>
    /// <exception cref="WeightDownloadException">A tag's file could not be downloaded.</exception>
    public static Pretrained Load(Backbone backbone, string? weights = null, int? classes = null, Preprocessing? preprocessing = null,
        int seed = 0, IProgress<(long Done, long Total)>? progress = null)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        weights ??= backbone.Default?.Tag
            ?? throw new ArgumentException($"{backbone.Name} has no published weights; give a path to a .pth or .safetensors file, or 'none'.");
        var entry = Entry(backbone, weights);
        // A file that no entry describes was most likely trained like the backbone's own.
        preprocessing ??= PreprocessingOf(backbone, weights);
        if (weights == None)
        {
            var graph = backbone.Build(classes, preprocessing.Crop);
            return new(new Network(graph, RandomWeights.For(graph, seed)), preprocessing, None);
        }
        bool embedded = entry is { IsEmbedded: true } && !File.Exists(weights);
        string path = File.Exists(weights) ? weights : embedded ? entry!.Tag : WeightStore.Default.Get(entry!, progress);
        var state = (embedded ? entry!.ReadEmbedded() : Checkpoint.Read(path)).Renamed(backbone.Rename);
        try
        {
            return new(Fit(backbone, state, path, classes, preprocessing.Crop, seed, headless: embedded), preprocessing, path);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>
    /// A network of loaded weights. What another number of classes gives another shape is made afresh; weights without those of auxiliary
    /// classifiers give a network without them. Those that have no classifier at all get a fresh one for the classes asked for, else NaN in
    /// its place, like published files of this kind.
    /// </summary>
    internal static Network Fit(Backbone backbone, StateDict state, string path, int? classes, int size, int seed, bool headless = false)
    {
        var bare = backbone.Build().UntilOutput();
        string last = bare.Nodes.Last(n => n.Parameters.Count > 0).Name;
        int own = state.TryGetValue($"{last}.weight", out var weight) && weight.Dimensions is [> 0, ..] ? weight.Dimensions[0] : backbone.Classes;
        bool bareFile = backbone.Auxiliary.Count > 0 && !state.Keys.Except(bare.State.Select(s => s.Key)).Any();
        Graph Build(int classes) => bareFile ? backbone.Build(classes, size).UntilOutput() : backbone.Build(classes, size);
        var whole = Build(classes ?? own);
        // The last layer, and that of each auxiliary classifier: what has another shape for another number of classes.
        var heads = whole.State.Zip(Build(own).State)
            .Where(pair => !pair.First.Parameter.Dimensions.SequenceEqual(pair.Second.Parameter.Dimensions))
            .ToDictionary(pair => pair.First.Key, pair => pair.First.Parameter);
        if (headless)
            foreach (var (key, parameter) in whole.State.Where(s => s.Key.StartsWith(last + ".", StringComparison.Ordinal)))
                heads[key] = parameter;
        Checkpoint.Check(whole, state, $"{path} for {backbone.Name}", except: heads.Keys);
        foreach (var (key, parameter) in heads)
            state[key] = headless && classes is null ? TensorData.Untrained(parameter.Dimensions) : RandomWeights.Create(key, parameter, seed);
        return new Network(whole, state);
    }

    private static WeightEntry? Entry(Backbone backbone, string weights)
    {
        if (File.Exists(weights))
            return backbone.Weights.FirstOrDefault(w => w.FileName == Path.GetFileName(weights));
        bool isPath = weights.Contains(Path.DirectorySeparatorChar) || Path.GetExtension(weights) is ".pth" or ".pt" or ".safetensors";
        return weights == None ? null
            : isPath ? throw new ArgumentException($"There is no weights file '{weights}'.")
            : backbone.Entry(weights);
    }
}
