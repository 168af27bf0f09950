using TransferKit.Engines;
using TransferKit.Graphs;
using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>
/// Draws a network from its input to its output. Blocks, which are the scopes of the nodes' names, are boxes that open; branches are
/// side by side; edges have the shapes of the values. Bars show each box's share of the network's parameters and multiply-accumulates.
/// </summary>
/// <example>
/// <code>
/// File.WriteAllText("resnet50.svg", new GraphDrawing(Registry.Get("resnet50").Build(), "resnet50").ToSvg());
/// </code>
/// </example>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class GraphDrawing : IDisplayable
{
    private readonly Graph _graph;
    private readonly string _title;
    private readonly GraphColumn _column;
    private readonly GraphScale _scale;

    /// <summary>Prepares the drawing of a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="title">The title, such as the name of the network.</param>
    public GraphDrawing(Graph graph, string title)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentException.ThrowIfNullOrEmpty(title);
        (_graph, _title, _column) = (graph, Printable(title), GraphBlocks.Of(graph));
        _scale = GraphScale.Of(_column);
    }

    /// <summary>Returns the drawing as an SVG file, whose colors are light or dark like the reader's screen.</summary>
    public string ToSvg() => new GraphSvg(_title, _scale).Draw(_column);

    /// <inheritdoc/>
    public string ToHtml() => Fragment($"<style>{Resource("graph.css")}</style>", new GraphHtml(_scale).Draw(_title, _column));

    /// <summary>Returns the drawing as an HTML file that needs no other file.</summary>
    public string ToPage() => $"""
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,"><title>{Text(_title)}</title>
        <style>{Style}{Resource("graph.css")}{Resource("graphpage.css")}</style></head><body class="transferkit">
        <main>{new GraphHtml(_scale).Draw(_title, _column)}</main>
        </body></html>

        """;

    /// <summary>Returns the nodes as a table.</summary>
    public override string ToString() => $"{Summary.Of(_graph)}";

    /// <summary>Replaces what is no text in HTML and XML, such as control characters.</summary>
    internal static string Printable(string text) => string.Concat(text.EnumerateRunes()
        .Select(rune => rune.Value is < ' ' or 0x7f or 0xfffe or 0xffff ? "\ufffd" : rune.ToString()));

    /// <summary>Reads one of the style sheets.</summary>
    internal static string Resource(string name)
    {
        using var reader = new StreamReader(typeof(GraphDrawing).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
