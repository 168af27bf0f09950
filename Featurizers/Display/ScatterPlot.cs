using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>A scatter plot of labeled points, such as features in two dimensions. Each label has a color.</summary>
/// <param name="points">The points with their labels, in any units: the axes are scaled to fit.</param>
[TypeFormatterSource(typeof(DisplayFormatters))]
public sealed class ScatterPlot(params IEnumerable<(double X, double Y, string Label)> points) : IDisplayable
{
    private const double Size = 340, Margin = 12;

    private readonly (double X, double Y, string Label)[] _points = [.. points];

    /// <inheritdoc/>
    public string ToHtml()
    {
        if (_points.Length == 0)
            return Fragment("<p>There are no points.</p>");
        string[] labels = [.. _points.Select(point => point.Label).Distinct().Order(StringComparer.Ordinal)];
        var (left, right) = (_points.Min(point => point.X), _points.Max(point => point.X));
        var (low, high) = (_points.Min(point => point.Y), _points.Max(point => point.Y));
        string dots = string.Concat(_points.Select(Dot));
        string legend = string.Concat(labels.Select(LegendEntry));
        string attributes = $"viewBox=\"0 0 {Size} {Size}\" width=\"{Size}\" role=\"img\" aria-label=\"points of {labels.Length} labels\"";
        return Fragment($"<p>{legend}</p><svg {attributes}>{dots}</svg>");

        string Dot((double X, double Y, string Label) point)
        {
            // The vertical axis of SVG points down.
            string x = Position(point.X, left, right), y = Position(-point.Y, -high, -low);
            string color = Color(Array.IndexOf(labels, point.Label), labels.Length);
            string title = $"<title>{Text(point.Label)}</title>";
            return $"<circle r=\"4\" cx=\"{x}\" cy=\"{y}\" fill=\"{color}\" fill-opacity=\".75\">{title}</circle>";
        }

        string LegendEntry(string label, int index)
        {
            string dot = $"<circle r=\"5\" cx=\"6\" cy=\"6\" fill=\"{Color(index, labels.Length)}\"/>";
            return $"<span><svg width=\"12\" height=\"12\">{dot}</svg> {Text(label)}</span> ";
        }
    }

    /// <summary>Returns a line for each point: its coordinates and its label.</summary>
    public override string ToString() =>
        string.Join('\n', _points.Select(point => $"{Number(point.X, "0.000")}  {Number(point.Y, "0.000")}  {point.Label}"));

    private static string Position(double value, double low, double high)
    {
        double fraction = high > low ? (value - low) / (high - low) : 0.5;
        return Number(Margin + fraction * (Size - 2 * Margin));
    }

    // Hues at equal distances, in a lightness that is visible on white and on black.
    private static string Color(int label, int labels) => $"hsl({Number(215 + 360.0 * label / labels, "0")} 75% 55%)";
}
