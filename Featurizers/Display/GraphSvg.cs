using System.Text;
using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>
/// Draws a graph as an SVG file for browsers and drawing programs: no script, and colors without CSS variables, which Inkscape lacks.
/// </summary>
internal sealed class GraphSvg(string title, GraphScale scale)
{
    private const double Margin = 16, TitleHeight = 56, TitleWidth = 430;

    private readonly GraphMeasure _measure = new();
    // Edges are drawn below boxes.
    private readonly StringBuilder _edges = new();
    private readonly StringBuilder _boxes = new();

    /// <summary>Returns the SVG file.</summary>
    public string Draw(GraphColumn graph)
    {
        var (graphWidth, graphHeight) = _measure.Of(graph, scale.OpenDepth);
        double width = Math.Max(graphWidth, TitleWidth) + 2 * Margin, height = graphHeight + TitleHeight + 2 * Margin, center = width / 2;
        string size = $"width=\"{Number(width)}\" height=\"{Number(height)}\"";
        Column(graph, center, Margin + TitleHeight, graphHeight, scale.OpenDepth, GraphPlace.Outermost);
        return $"""
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Number(width)} {Number(height)}" {size}
              role="img" aria-labelledby="title totals">
            <title id="title">{Text(title)}</title>
            <desc id="totals">{scale.Totals}</desc>
            <style>
            {GraphDrawing.Resource("graphsvg.css")}
            </style>
            <rect class="page" {size}/>
            <text class="name title" x="{Number(center)}" y="{Number(Margin + 16)}">{Text(title)}</text>
            <text x="{Number(center)}" y="{Number(Margin + 36)}">{scale.Totals}</text>
            {Legend("parameters", center - 150, "share of the parameters")}{Legend("cost", center + 35, "share of the MACs")}
            <g>{_edges}</g>
            <g>{_boxes}</g>
            </svg>

            """;
    }

    private static string Legend(string kind, double x, string text) =>
        $"<rect class=\"{kind}\" x=\"{Number(x)}\" y=\"{Margin + 49}\" width=\"20\" height=\"4\"/>"
        + $"<text class=\"small legend\" x=\"{Number(x + 26)}\" y=\"{Margin + 55}\">{Text(text)}</text>";

    private void Column(GraphColumn column, double center, double top, double height, int openDepth, GraphPlace place)
    {
        int last = column.Parts.Count;
        double gap = GraphMeasure.Gap(column), y = top;
        // What is above and below each part's gap.
        var gaps = new List<(double Top, double Bottom)>();
        for (int i = 0; i <= last; i++)
        {
            // A shorter branch goes on to the end of the longest.
            double bottom = i == last ? top + height : y + gap;
            gaps.Add((y, bottom));
            if (column.Links[i] && place.HasLink(i, last))
                Edge($"M{Number(center)},{Number(y)}V{Number(bottom)}");
            if (place.HasLabel(i, last) && column.LinkLabel(i) is { Length: > 0 } label)
            {
                // Lanes are on the right.
                var (side, x) = column.Lanes.Count > 0 ? (" left", center - 5) : ("", center + 5);
                _boxes.Append($"<text class=\"shape{side}\" x=\"{Number(x)}\" y=\"{Number(y + gap / 2 + 4)}\">{Text(label)}</text>\n");
            }
            if (i == last)
                break;
            double partHeight = _measure.Of(column.Parts[i], openDepth).Height;
            Part(column.Parts[i], center, bottom, openDepth);
            y = bottom + partHeight;
        }
        double partsWidth = column.Parts.Select(part => _measure.Of(part, openDepth).Width).DefaultIfEmpty().Max();
        foreach (var lane in column.Lanes)
        {
            double x = center + partsWidth / 2 + GraphMeasure.Lane * (lane.Position + .6);
            var (start, end) = (gaps[lane.From + 1], gaps[lane.To]);
            string c = Number(center), right = Number(x), from = Number(start.Top + gap * .3), to = Number(end.Bottom - gap * .3);
            Edge($"M{c},{Number(start.Top)}V{from}H{right}V{to}H{c}V{Number(end.Bottom)}");
        }
    }

    private void Part(GraphPart part, double center, double top, int openDepth)
    {
        if (part is GraphBranches branches)
            Branches(branches, center, top, openDepth);
        else
            Box((GraphBox)part, center, top, openDepth);
    }

    private void Branches(GraphBranches branches, double center, double top, int openDepth)
    {
        double height = _measure.Of(branches, openDepth).Height, bottom = top + height;
        double centerWidth = branches.Columns.Sum(column => _measure.Branch(column, openDepth)), x = center - centerWidth / 2;
        var (above, below) = (new List<double> { center }, new List<double> { center });
        foreach (var column in branches.Columns)
            Branch(column, _measure.Branch(column, openDepth), GraphPlace.Branch);
        if (branches.HasShortcut)
        {
            x += GraphMeasure.Shortcut;
            Edge($"M{Number(x)},{Number(top)}V{Number(bottom)}");
            above.Add(x);
            below.Add(x);
            x += GraphMeasure.Shortcut;
        }
        foreach (var column in branches.DeadEnds)
            Branch(column, _measure.Branch(column, openDepth), GraphPlace.DeadEnd);
        Edge($"M{Number(above.Min())},{Number(top)}H{Number(above.Max())}");
        Edge($"M{Number(below.Min())},{Number(bottom)}H{Number(below.Max())}");

        void Branch(GraphColumn column, double width, GraphPlace place)
        {
            x += width / 2;
            Column(column, x, top, height, openDepth, place);
            above.Add(x);
            if (place != GraphPlace.DeadEnd)
                below.Add(x);
            x += width / 2;
        }
    }

    private void Box(GraphBox box, double center, double top, int openDepth)
    {
        bool isBlock = box.Inside is not null, isOpen = isBlock && openDepth > 0;
        var size = _measure.Of(box, openDepth);
        string kind = isOpen ? "block open" : isBlock ? "block" : box.Parameters > 0 ? "node layer" : "node";
        string rectangle = Rectangle(kind, center - size.Width / 2, top, size.Width, size.Height, " rx=\"5\"");
        _boxes.Append($"<g><title>{Text(GraphDrawing.Printable(box.Description))}</title>{rectangle}\n");
        double y = top + 15;
        var (label, kindText) = GraphMeasure.Head(box);
        string kindSpan = kindText.Length > 0 ? $"<tspan class=\"kind\"> {Text(kindText)}</tspan>" : "";
        string c = Number(center);
        _boxes.Append($"<text x=\"{c}\" y=\"{Number(y)}\"><tspan class=\"name\">{Text(label)}</tspan>{kindSpan}</text>\n");
        foreach (string line in GraphMeasure.Lines(box, isOpen))
            _boxes.Append($"<text class=\"small\" x=\"{c}\" y=\"{Number(y += GraphMeasure.Line)}\">{Text(line)}</text>\n");
        if (box.HasFigures)
        {
            double width = Math.Min(size.Width - 16, 200);
            Bar("parameters", scale.ParameterShare(box), center, y + 6, width);
            if (box.MultiplyAccumulates > 0)
                Bar("cost", scale.CostShare(box), center, y + 11, width);
        }
        _boxes.Append("</g>\n");
        double headHeight = GraphMeasure.HeadHeight(box, isOpen);
        if (isOpen)
            Column(box.Inside!, center, top + headHeight, size.Height - headHeight, openDepth - 1, GraphPlace.Block);
    }

    private void Bar(string kind, double share, double center, double y, double width)
    {
        double x = center - width / 2, length = share > 0 ? Math.Max(1, width * share) : 0;
        _boxes.Append(Rectangle("track", x, y, width, 3, "")).Append(Rectangle(kind, x, y, length, 3, ""));
    }

    private static string Rectangle(string kind, double x, double y, double width, double height, string more) =>
        $"<rect class=\"{kind}\" x=\"{Number(x)}\" y=\"{Number(y)}\" width=\"{Number(width)}\" height=\"{Number(height)}\"{more}/>";

    private void Edge(string path) => _edges.Append($"<path class=\"edge\" d=\"{path}\"/>\n");
}
