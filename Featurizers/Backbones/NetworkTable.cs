using System.Collections;
using TransferKit.Display;
using TransferKit.Engines;
using static TransferKit.Display.Html;

namespace TransferKit.Backbones;

/// <summary>A table of networks with their sizes, features and published weights, as text, HTML or Markdown.</summary>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class NetworkTable : IReadOnlyList<NetworkRow>, IDisplayable
{
    private static readonly string[] Columns =
        ["name", "pixels", "parameters (M)", "MACs (G)", "features", "weights (top-1 %)", "paper"];

    private readonly NetworkRow[] _rows;

    /// <summary>Creates a table of these networks.</summary>
    /// <param name="networks">The networks.</param>
    public NetworkTable(params IEnumerable<Backbone> networks) => _rows = [.. networks.Select(Row)];

    /// <inheritdoc/>
    public int Count => _rows.Length;

    /// <inheritdoc/>
    public NetworkRow this[int index] => _rows[index];

    /// <summary>Creates a table of all registered networks. Those with bundled weights, which need no download, come first.</summary>
    public static NetworkTable OfAll() => new(Registry.All.OrderByDescending(b => b.Weights.Any(w => w.IsEmbedded)));

    /// <inheritdoc/>
    public IEnumerator<NetworkRow> GetEnumerator() => _rows.AsEnumerable().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public string ToHtml() => Fragment(Table(Columns, _rows.Select(r => Cells(r).Select(Text))));

    /// <inheritdoc/>
    public override string ToString() => TextTable.Format(Columns, _rows.Select(Cells));

    /// <summary>Returns the table as Markdown.</summary>
    public string ToMarkdown()
    {
        string[] separators = [.. Columns.Select(_ => "---")];
        var lines = new[] { Columns, separators }.Concat(_rows.Select(Cells));
        return string.Concat(lines.Select(cells => $"| {string.Join(" | ", cells)} |\n"));
    }

    private static NetworkRow Row(Backbone backbone)
    {
        var graph = backbone.Build();
        var summary = Summary.Of(graph);
        PublishedWeights[] weights = [.. backbone.Weights.Select(w => new PublishedWeights(w.Tag, w.Acc1, w.License))];
        return new(backbone.Name, backbone.InputSize, summary.Parameters, summary.MultiplyAccumulates,
            graph.Find("features").Shape.Count, weights, backbone.Paper);
    }

    private static string[] Cells(NetworkRow row) =>
    [
        row.Name, $"{row.Pixels}", Scaled(row.Parameters, 1e6), Scaled(row.Macs, 1e9), $"{row.FeatureWidth}",
        row.Weights is [] ? "-" : string.Join(", ", row.Weights.Select(Weights)), row.Paper,
    ];

    private static string Weights(PublishedWeights weights)
    {
        string?[] facts = [weights.Acc1 is { } accuracy ? Number(accuracy, "0.0") : null, weights.License];
        return facts is [null, null] ? weights.Tag : $"{weights.Tag} ({string.Join(", ", facts.OfType<string>())})";
    }

    private static string Scaled(long value, double unit) => Number(value / unit, value < 0.01 * unit ? "0.0000" : "0.00");
}
