using System.Collections;
using TransferKit.Display;
using TransferKit.Engines;
using static TransferKit.Display.Html;

namespace TransferKit.Backbones;

/// <summary>Published weights of a network.</summary>
/// <param name="Tag">Their name.</param>
/// <param name="Acc1">The published part of ImageNet's validation images that is right, in percent; null where none is published.</param>
public sealed record PublishedWeights(string Tag, double? Acc1);

/// <summary>A network in short.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pixels">Width and height of the images it is usually shown.</param>
/// <param name="Parameters">Its trained values, auxiliary classifiers included.</param>
/// <param name="Macs">Multiply-accumulates for one such image.</param>
/// <param name="FeatureWidth">The number of its features.</param>
/// <param name="Weights">The weights there are.</param>
/// <param name="Paper">Where it is described.</param>
public sealed record NetworkRow(string Name, int Pixels, long Parameters, long Macs, int FeatureWidth, IReadOnlyList<PublishedWeights> Weights, string Paper);

/// <summary>Networks in short, as a table.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class NetworkTable : IReadOnlyList<NetworkRow>, IDisplayable
{
    private static readonly string[] Columns = ["name", "pixels", "parameters (M)", "MACs (G)", "features", "weights (top-1 %)", "paper"];

    private readonly NetworkRow[] _rows;

    /// <summary>A table of these networks.</summary>
    public NetworkTable(params IEnumerable<Backbone> networks) => _rows = [.. networks.Select(Row)];

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public NetworkRow this[int index] => _rows[index];

    /// <summary>All there are; what needs no download comes first.</summary>
    public static NetworkTable OfAll() => new(Registry.All.OrderByDescending(b => b.Weights.Any(w => w.IsEmbedded)));

    /// <inheritdoc/>
    public IEnumerator<NetworkRow> GetEnumerator() => _rows.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public string ToHtml() => Fragment(Table(Columns, _rows.Select(r => Cells(r).Select(Text))));

    /// <inheritdoc/>
    public override string ToString() => TextTable.Of(Columns, _rows.Select(Cells));

    /// <summary>The table as Markdown.</summary>
    public string ToMarkdown() =>
        string.Concat(new[] { Columns, [.. Columns.Select(_ => "---")] }.Concat(_rows.Select(Cells)).Select(cells => $"| {string.Join(" | ", cells)} |\n"));

    private static NetworkRow Row(Backbone backbone)
    {
        var graph = backbone.Build();
        var summary = Summary.Of(graph);
        return new(backbone.Name, backbone.InputSize, summary.Parameters, summary.MultiplyAccumulates, graph.Find("features").Shape.Count,
            [.. backbone.Weights.Select(w => new PublishedWeights(w.Tag, w.Acc1))], backbone.Paper);
    }

    private static string[] Cells(NetworkRow row) =>
        [row.Name, $"{row.Pixels}", Scaled(row.Parameters, 1e6), Scaled(row.Macs, 1e9), $"{row.FeatureWidth}", row.Weights is [] ? "-" : string.Join(", ", row.Weights.Select(Weights)), row.Paper];

    private static string Weights(PublishedWeights weights) => weights.Acc1 is { } acc ? $"{weights.Tag} ({Number(acc, "0.0")})" : weights.Tag;

    private static string Scaled(long value, double unit) => Number(value / unit, value < 0.01 * unit ? "0.0000" : "0.00");
}
