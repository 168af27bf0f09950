using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>Points with labels: features in two dimensions, say, of which each label has a color.</summary>
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
        string[] labels = [.. _points.Select(p => p.Label).Distinct().Order(StringComparer.Ordinal)];
        var (left, right, low, high) = (_points.Min(p => p.X), _points.Max(p => p.X), _points.Min(p => p.Y), _points.Max(p => p.Y));
        string dots = string.Concat(_points.Select(p =>
            $"<circle r=\"4\" cx=\"{Place(p.X, left, right)}\" cy=\"{Place(-p.Y, -high, -low)}\" fill=\"{Color(Array.IndexOf(labels, p.Label), labels.Length)}\" fill-opacity=\".75\"><title>{Text(p.Label)}</title></circle>"));
        string names = string.Concat(labels.Select((l, i) => $"<span><svg width=\"12\" height=\"12\"><circle r=\"5\" cx=\"6\" cy=\"6\" fill=\"{Color(i, labels.Length)}\"/></svg> {Text(l)}</span> "));
        return Fragment($"<p>{names}</p><svg viewBox=\"0 0 {Size} {Size}\" width=\"{Size}\" role=\"img\" aria-label=\"points of {labels.Length} labels\">{dots}</svg>");
    }

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', _points.Select(p => $"{Number(p.X, "0.000")}  {Number(p.Y, "0.000")}  {p.Label}"));

    private static string Place(double value, double low, double high) => Number(Margin + (high > low ? (value - low) / (high - low) : 0.5) * (Size - 2 * Margin));

    // Around the circle of hues, in a lightness that is seen on white and on black.
    private static string Color(int label, int labels) => $"hsl({Number(215 + 360.0 * label / labels, "0")} 75% 55%)";
}
