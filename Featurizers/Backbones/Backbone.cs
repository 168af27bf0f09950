using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>A named architecture: the function that builds its graph, and the weights published for it.</summary>
/// <param name="Name">The reference's name, such as <c>resnext50_32x4d</c>.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Body">From the input and the number of classes to the logits; names the features on the way.</param>
/// <param name="Weights">The published weights in the order of their publication; none for architectures that have only files of their users.</param>
public sealed record Backbone(string Name, string Paper, Func<Value, int, Value> Body, IReadOnlyList<WeightEntry> Weights)
{
    /// <summary>What images go through unless weights say otherwise: that of the first weights, or ImageNet's.</summary>
    public Preprocessing Preprocessing { get => field ?? (Weights is [var first, ..] ? first.Preprocessing : Preprocessing.ImageNet); init; }

    /// <summary>The width and height it is usually shown, in pixels.</summary>
    public int InputSize => Preprocessing.Crop;

    /// <summary>The number of classes it usually has.</summary>
    public int Classes { get; init; } = 1000;

    /// <summary>
    /// Classifiers beside the last one that help in training, by the name of their logits' node, with the weight of their loss.
    /// </summary>
    public IReadOnlyDictionary<string, double> Auxiliary { get; init; } = new Dictionary<string, double>();

    /// <summary>From a key of an old published file to the key it has today.</summary>
    public Func<string, string> Rename { get; init; } = key => key;

    /// <summary>The weights with the best published accuracy, or null where none are published.</summary>
    public WeightEntry? Best => Weights.MaxBy(w => w.Acc1 ?? 0);

    /// <summary>The weights it has unless others are asked for: those that come with this assembly, which need no download, else the best published.</summary>
    public WeightEntry? Default => Weights.FirstOrDefault(w => w.IsEmbedded) ?? Best;

    /// <summary>The graph from images to logits, with the aliases <c>features</c> and <c>logits</c>.</summary>
    /// <param name="classes">The number of classes of the last layer; null for <see cref="Classes"/>.</param>
    /// <param name="size">Width and height of the images in pixels; null for <see cref="InputSize"/>.</param>
    /// <param name="channels">Channels of the images: 3 for RGB, 1 for gray.</param>
    /// <exception cref="ArgumentException">The images are too small for the network.</exception>
    public Graph Build(int? classes = null, int? size = null, int channels = 3)
    {
        int outputs = classes ?? Classes, pixels = size ?? InputSize;
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1, nameof(classes));
        return Graph.Build(g => Body(g.Input(channels, pixels, pixels), outputs).As("logits"));
    }

    /// <summary>The published weights with this tag.</summary>
    /// <exception cref="ArgumentException">There are none; the message lists the tags there are.</exception>
    public WeightEntry Entry(string tag) =>
        Weights.FirstOrDefault(w => w.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(Suggestion.Unknown("weights", tag, [.. Weights.Select(w => w.Tag)],
            $"{Name} has {(Best is null ? "no published weights" : string.Join(", ", Weights.Select(w => w.Tag)))}; a path to a .pth or .safetensors file, or 'none', works too."));

    /// <summary>The registered architecture of this name, so that options take a name or an architecture of your own.</summary>
    /// <exception cref="ArgumentException">No architecture has this name; the message suggests the nearest.</exception>
    public static implicit operator Backbone(string name) => Registry.Get(name);

    /// <inheritdoc/>
    public override string ToString() => Name;
}
