using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>A backbone with weights, and the preprocessing that belongs to them.</summary>
/// <param name="Network">The whole network, from images to logits.</param>
/// <param name="Preprocessing">The preprocessing of images.</param>
/// <param name="Source">The path of the weights file, the tag of embedded weights, or <c>none</c>.</param>
public sealed record Pretrained(Network Network, Preprocessing Preprocessing, string Source)
{
    /// <summary>The name of randomly initialized weights.</summary>
    public const string None = "none";

    /// <summary>
    /// The number of classes of the trained classifier that was left out, because another number was asked for; null if none was.
    /// </summary>
    public int? ReplacedClasses { get; init; }

    /// <summary>
    /// Returns the preprocessing that belongs to weights: the one that their file names, that they were published with, or that the
    /// configuration of another library beside the file describes (<see cref="PreprocessorConfig"/>); else the backbone's default.
    /// </summary>
    /// <param name="backbone">The architecture.</param>
    /// <param name="weights">
    /// A tag, a path, a repository of a hub (<c>hf:OWNER/NAME</c>, which is downloaded), <see cref="None"/>, or null for
    /// <see cref="Backbone.DefaultWeights"/>.
    /// </param>
    /// <exception cref="ArgumentException">There is neither a tag nor a file of this name.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or the repository does not describe a preprocessing.</exception>
    /// <exception cref="DownloadException">The hub has no such repository, or cannot be reached.</exception>
    public static Preprocessing PreprocessingOf(Backbone backbone, string? weights)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        weights = OtherThan(backbone, weights);
        if (HuggingFaceHub.IsReference(weights))
            return HubModel.LoadAsync(weights!).GetAwaiter().GetResult().ReadPreprocessing();
        var entry = weights is null ? backbone.DefaultWeights : FindEntry(backbone, weights);
        if (entry is null && weights is not null && Checkpoint.FindFile(weights) is { } file
            && (ReadPreprocessing(file) ?? PreprocessorConfig.FindBeside(file)) is { } preprocessing)
            return preprocessing;
        // A file that no entry describes was most likely trained with the backbone's default.
        return entry?.Preprocessing ?? backbone.Preprocessing;
    }

    /// <summary>Loads a backbone with weights, which are downloaded first if necessary. Blocks until the weights are loaded.</summary>
    /// <inheritdoc cref="LoadAsync"/>
    public static Pretrained Load(Backbone backbone, string? weights = null, int? classes = null, Preprocessing? preprocessing = null,
        int seed = 0, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellationToken = default) =>
        LoadAsync(backbone, weights, classes, preprocessing, seed, progress, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Loads a backbone with weights, which are downloaded first if necessary.</summary>
    /// <param name="backbone">The architecture.</param>
    /// <param name="weights">
    /// A tag, a path to a .pth or .safetensors file, a run folder or a model.zip in it, whose best.safetensors is loaded,
    /// a repository of a hub (<c>hf:OWNER/NAME</c>), <see cref="None"/>, or null for <see cref="Backbone.DefaultWeights"/>.
    /// </param>
    /// <param name="classes">
    /// The number of classes; null for that of the weights. If it is another one, the last layer is replaced by a randomly initialized one.
    /// </param>
    /// <param name="preprocessing">The preprocessing; null for the one that belongs to the weights.</param>
    /// <param name="seed">The random seed of randomly initialized weights.</param>
    /// <param name="progress">Receives the number of bytes downloaded and the total (0 if unknown).</param>
    /// <param name="cancellationToken">Stops a download; a later call resumes it.</param>
    /// <exception cref="ArgumentException">There is neither a tag nor a file of this name.</exception>
    /// <exception cref="InvalidDataException">The file is malformed, or of another architecture.</exception>
    /// <exception cref="DownloadException">The published file could not be downloaded.</exception>
    public static async Task<Pretrained> LoadAsync(Backbone backbone, string? weights = null, int? classes = null,
        Preprocessing? preprocessing = null, int seed = 0, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        weights = OtherThan(backbone, weights) ?? backbone.DefaultWeights?.Tag ?? throw new ArgumentException(
            $"{backbone.Name} has no published weights; give a path to a .pth or .safetensors file, or 'none'.");
        if (HuggingFaceHub.IsReference(weights))
        {
            var model = await HubModel.LoadAsync(weights, progress, cancellationToken).ConfigureAwait(false);
            preprocessing ??= model.ReadPreprocessing();
            return Create(Checkpoint.Read(model.Path), model.Path, model.HasClassifier);
        }
        preprocessing ??= PreprocessingOf(backbone, weights);
        if (weights == None)
        {
            var graph = backbone.Build(classes, preprocessing.Crop);
            return new(new Network(graph, RandomWeights.For(graph, seed)), preprocessing, None);
        }
        var entry = FindEntry(backbone, weights);
        if (Checkpoint.FindFile(weights) is { } file)
            return Create(Checkpoint.Read(file), file);
        if (entry!.Read is { } read)
            return Create(read(), entry.FileName, hasClassifier: entry.ClassSet is not null);
        if (entry.IsEmbedded)
            return Create(entry.ReadEmbedded(), entry.Tag, hasClassifier: false);
        string path = await WeightStore.Default.GetAsync(entry, progress, cancellationToken).ConfigureAwait(false);
        return Create(Checkpoint.Read(path), path);

        Pretrained Create(StateDict published, string source, bool hasClassifier = true)
        {
            var state = published.Renamed(backbone.RenameKey);
            string classifier = ClassifierOf(backbone);
            hasClassifier &= backbone.IsPublishedWithClassifier || state.ContainsKey($"{classifier}.weight");
            int? trained = classes is null || !hasClassifier ? null : ClassesOf(state, classifier);
            try
            {
                var network = CreateNetwork(backbone, state, source, classes, preprocessing.Crop, seed, hasClassifier);
                return new(network, preprocessing, source) { ReplacedClasses = trained == classes ? null : trained };
            }
            catch
            {
                state.Dispose();
                throw;
            }
        }
    }

    /// <summary>
    /// Creates a network from loaded weights. If <paramref name="classes"/> differs from the weights' classes, the last layer and the
    /// auxiliary classifiers are initialized randomly. If the weights have no classifier, it is initialized randomly, or filled with NaN
    /// when <paramref name="classes"/> is null. Auxiliary classifiers are left out if the weights have none.
    /// </summary>
    internal static Network CreateNetwork(Backbone backbone, StateDict state, string source, int? classes, int inputSize, int seed,
        bool hasClassifier = true)
    {
        var main = backbone.Build().UntilOutput();
        string classifier = ClassifierOf(backbone);
        bool lacksAuxiliary = backbone.Auxiliary.Count > 0 && !state.Keys.Except(main.State.Select(s => s.Key)).Any();
        int trainedClasses = ClassesOf(state, classifier) ?? backbone.Classes;
        Graph Build(int outputs)
        {
            var whole = WithGridsOf(state, backbone.Build(outputs, inputSize));
            return lacksAuxiliary ? whole.UntilOutput() : whole;
        }
        var graph = Build(classes ?? trainedClasses);
        // The parameters whose shape depends on the number of classes: those of the last layer and of each auxiliary classifier.
        var replaced = graph.State
            .Zip(Build(trainedClasses).State, (asked, trained) => (asked.Key, asked.Parameter, TrainedParameter: trained.Parameter))
            .Where(p => !p.Parameter.Dimensions.SequenceEqual(p.TrainedParameter.Dimensions))
            .ToDictionary(p => p.Key, p => p.Parameter);
        if (!hasClassifier)
            foreach (var (key, parameter) in graph.State.Where(s => s.Key.StartsWith(classifier + ".", StringComparison.Ordinal)))
                replaced[key] = parameter;
        Checkpoint.Check(graph, state, $"{source} for {backbone.Name}", except: replaced.Keys);
        bool isUntrained = !hasClassifier && classes is null;
        foreach (var (key, parameter) in replaced)
            state[key] = isUntrained ? TensorData.Untrained(parameter.Dimensions) : RandomWeights.Create(key, parameter, seed);
        return new Network(graph, state);
    }

    // A table of positions is for the grid of patches that the network was trained with; it is resized to that of the images.
    private static Graph WithGridsOf(StateDict state, Graph graph) => graph.Rewrite((node, inputs) =>
    {
        if (node.Operator is not PositionEmbedding positions
            || !state.TryGetValue(node.Layer, out var table) || table.Dimensions is not [.., var rows, _])
            return node.With(inputs);
        int grid = (int)Math.Sqrt(rows - positions.Leading);
        bool isOther = grid != positions.Grid && grid * grid == rows - positions.Leading;
        return isOther ? node.With(inputs, positions with { Grid = grid }) : node.With(inputs);
    });

    private static Preprocessing? ReadPreprocessing(string file)
    {
        if (!Checkpoint.IsSafetensors(file))
            return null;
        using var state = Safetensors.Read(file);
        return PreprocessingMetadata.Read(state.Metadata, file);
    }

    // The name of the last layer with parameters.
    private static string ClassifierOf(Backbone backbone) => backbone.Build().UntilOutput().Nodes.Last(n => n.Parameters.Count > 0).Name;

    private static int? ClassesOf(StateDict state, string classifier) =>
        state.TryGetValue($"{classifier}.weight", out var weight) && weight.Dimensions is [var classes and > 0, ..] ? classes : null;

    // The ONNX model that a backbone was read from names its weights as well.
    private static string? OtherThan(Backbone backbone, string? weights) => weights == backbone.Name ? null : weights;

    private static WeightEntry? FindEntry(Backbone backbone, string weights)
    {
        if (weights == None)
            return null;
        if (Checkpoint.FindFile(weights) is { } file)
            return backbone.Weights.FirstOrDefault(w => w.FileName == Path.GetFileName(file));
        if (Directory.Exists(weights) || Checkpoint.IsModel(weights))
        {
            string where = Checkpoint.IsModel(weights) ? $"the folder of '{weights}'" : $"the folder '{weights}'";
            throw new ArgumentException($"There is no {Checkpoint.BestName} in {where}, from which the weights would be read. " +
                "Give the run folder of `transferkit finetune` or `distill`, or the model.zip in it.");
        }
        bool isPath = weights.Contains(Path.DirectorySeparatorChar) || Path.GetExtension(weights) is ".pth" or ".pt" or ".safetensors";
        if (!isPath)
            return backbone.FindWeights(weights);
        throw new ArgumentException($"There is no weights file '{weights}'. " +
            "Give the path of an existing .pth or .safetensors file, a tag, or 'none'.");
    }
}
