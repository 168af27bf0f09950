using TransferKit.Graphs;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>A named architecture: the function that builds its graph, and the weights published for it.</summary>
/// <param name="Name">The reference's name, such as <c>resnext50_32x4d</c>.</param>
/// <param name="Paper">Where it is described.</param>
/// <param name="Body">From the input and the number of classes to the logits; names the features on the way.</param>
/// <param name="Weights">The published weights in the order of their publication.</param>
public sealed record Backbone(string Name, string Paper, Func<Value, int, Value> Body, IReadOnlyList<WeightEntry> Weights)
{
    /// <summary>The width and height it is usually shown, in pixels.</summary>
    public int InputSize { get; init; } = 224;

    /// <summary>From a key of an old published file to the key it has today.</summary>
    public Func<string, string> Rename { get; init; } = key => key;

    /// <summary>The weights with the best published accuracy.</summary>
    public WeightEntry Best => Weights.MaxBy(w => w.Acc1 ?? 0)!;

    /// <summary>The graph from images in RGB to logits, with the aliases <c>features</c> and <c>logits</c>.</summary>
    /// <param name="classes">The number of classes of the last layer.</param>
    /// <param name="size">Width and height of the images in pixels; null for <see cref="InputSize"/>.</param>
    /// <exception cref="ArgumentException">The images are too small for the network.</exception>
    public Graph Build(int classes = 1000, int? size = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 1);
        int pixels = size ?? InputSize;
        return Graph.Build(g => Body(g.Input(3, pixels, pixels), classes).As("logits"));
    }

    /// <summary>The published weights with this tag.</summary>
    /// <exception cref="ArgumentException">There are none; the message lists the tags there are.</exception>
    public WeightEntry Entry(string tag) =>
        Weights.FirstOrDefault(w => w.Tag.Equals(tag, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(Suggestion.Unknown("weights", tag, [.. Weights.Select(w => w.Tag)],
            $"{Name} has {string.Join(", ", Weights.Select(w => w.Tag))}; a path to a .pth or .safetensors file, or 'none', works too."));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
