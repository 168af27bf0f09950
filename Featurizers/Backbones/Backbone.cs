using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>
/// An architecture: the function that builds its graph, and its published weights. All options that take a backbone take the name of a
/// registered one, the path of an ONNX file, or a <see cref="Backbone"/> of your own.
/// </summary>
/// <remarks>
/// A backbone of your own needs no registration. Its body applies operators to the images and returns the logits; it must give the
/// input of the last classifier layer the alias <c>features</c>. The names of layers are the keys of the weights file.
/// <code>
/// var tiny = new Backbone("tiny", "", (images, classes) => images
///     .Conv("conv1", 16, kernel: 3, stride: 2).BatchNorm("bn1").Relu()
///     .Conv("conv2", 32, kernel: 3, stride: 2).BatchNorm("bn2").Relu()
///     .GlobalAveragePool().As("features")
///     .Linear("fc", classes), Weights: [])
/// {
///     Preprocessing = Preprocessing.ImageNet with { Resize = 72, Crop = 64 },
///     Classes = 10,
/// };
/// using var featurizer = new ImageFeaturizer(new FeaturizerOptions { Backbone = tiny, Weights = "tiny.safetensors" });
/// </code>
/// The file may also be written by
/// <see cref="Safetensors.Write(string, IReadOnlyDictionary{string, TensorData}, Preprocessing?)"/> or by PyTorch, with the same keys. The
/// weights <c>none</c> stand for random initialization.
/// </remarks>
/// <param name="Name">The name, such as <c>resnext50_32x4d</c>; it is torchvision's or timm's for registered backbones.</param>
/// <param name="Paper">The paper that describes the architecture, such as <c>arXiv:1512.03385</c>.</param>
/// <param name="Body">
/// Builds the graph from the images and the number of classes to the logits, and gives the input of the last classifier layer the alias
/// <c>features</c>.
/// </param>
/// <param name="Weights">The published weights in the order of their publication; empty if there are none.</param>
public sealed record Backbone(string Name, string Paper, Func<Value, int, Value> Body, IReadOnlyList<WeightEntry> Weights)
{
    /// <summary>
    /// The preprocessing for weights that do not specify one. Default: that of the first published weights, or ImageNet's.
    /// </summary>
    /// <exception cref="ArgumentException">The weights are those of an ONNX file that does not say how images are prepared.</exception>
    public Preprocessing Preprocessing
    {
        get => field ?? (Weights is [var first, ..] ? first.Preprocessing ?? throw UnknownPreprocessing() : Preprocessing.ImageNet);
        init;
    }

    /// <summary>The default width and height of the input images, in pixels. Default: those of the preprocessing.</summary>
    public int InputSize
    {
        get => field > 0 ? field : Preprocessing.Crop;
        init;
    }

    /// <summary>The default number of classes.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>
    /// The auxiliary classifiers that help in training: for the alias of each one's logits, the weight of its loss. Default: none.
    /// </summary>
    public IReadOnlyDictionary<string, double> Auxiliary { get; init; } = new Dictionary<string, double>();

    /// <summary>
    /// Translates a key of a published file to the key that the graph uses, or to null for a tensor that is not part of the network.
    /// Default: no change.
    /// </summary>
    public Func<string, string?> RenameKey { get; init; } = key => key;

    /// <summary>
    /// Whether <see cref="Engines.Precision.Int8"/> makes features faster at about the same accuracy. Default: true. It is false for
    /// families of which Tests/Benchmarks/README.md has other figures.
    /// </summary>
    public bool GainsByInt8 { get; init; } = true;

    /// <summary>Whether published files have the classifier. Default: true; files of CLIP and DINOv2 end at the features.</summary>
    internal bool IsPublishedWithClassifier { get; init; } = true;

    /// <summary>The weights with the best published accuracy, or null if none are published.</summary>
    public WeightEntry? BestWeights => Weights.MaxBy(w => w.Acc1 ?? 0);

    /// <summary>
    /// The default weights: the bundled ones, which need no download, or else the best published ones whose license does not limit their
    /// use, or else the best; or null.
    /// </summary>
    public WeightEntry? DefaultWeights => Weights.FirstOrDefault(w => w.IsEmbedded)
        ?? Weights.Where(w => w.License is null).MaxBy(w => w.Acc1 ?? 0) ?? BestWeights;

    /// <summary>Builds the graph from images to logits, with the aliases <c>features</c> and <c>logits</c>.</summary>
    /// <param name="classes">The number of classes of the last layer; null for <see cref="Classes"/>.</param>
    /// <param name="size">Width and height of the images in pixels; null for <see cref="InputSize"/>.</param>
    /// <param name="channels">The number of channels of the images: 3 for RGB, 1 for gray.</param>
    /// <exception cref="ArgumentException">The images are too small for the network, or shapes do not fit.</exception>
    public Graph Build(int? classes = null, int? size = null, int channels = 3)
    {
        int outputs = classes ?? Classes, pixels = size ?? InputSize;
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1, nameof(classes));
        return Graph.Build(g => Body(g.Input(channels, pixels, pixels), outputs).As("logits"));
    }

    /// <summary>Finds published weights by their tag.</summary>
    /// <param name="tag">The tag, such as <c>IMAGENET1K_V1</c>; upper and lower case are the same.</param>
    /// <exception cref="ArgumentException">There are no such weights; the message lists the available tags.</exception>
    public WeightEntry FindWeights(string tag)
    {
        if (Weights.FirstOrDefault(w => w.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase)) is { } entry)
            return entry;
        string[] tags = [.. Weights.Select(w => w.Tag)];
        string available = tags.Length > 0 ? string.Join(", ", tags) : "no published weights";
        throw new ArgumentException(Suggestion.Unknown("weights", tag, tags,
            $"{Name} has {available}; a path to a .pth or .safetensors file, or 'none', works too."));
    }

    private ArgumentException UnknownPreprocessing() => new(Weights[0].PreprocessingProblem ??
        $"'{Name}' does not say how images are prepared for it. Put its preprocessor_config.json (Hugging Face) or " +
        "config.json (timm) beside it, or give the preprocessing: in C# as the option " +
        "Preprocessing (Preprocessing.ImageNet if it was trained as torchvision's networks), on the command line for example " +
        "--resize 256 --crop 224 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225.");

    /// <summary>
    /// Converts the name of a registered architecture or the path of an ONNX file, so that options take a name or a backbone of your own.
    /// </summary>
    /// <param name="name">The name, as <c>transferkit models</c> lists it, or the path of an ONNX file.</param>
    /// <exception cref="ArgumentException">No architecture has this name; the message suggests the nearest.</exception>
    public static implicit operator Backbone(string name) => Registry.Get(name);

    /// <summary>Returns the name.</summary>
    public override string ToString() => Name;
}
