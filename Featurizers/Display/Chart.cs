using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>Draws line charts as SVG. Their colors come from <see cref="Html.Style"/>.</summary>
public static class Chart
{
    // The size of the drawing and of its margins, in SVG units.
    private const double Width = 360, Height = 220, Left = 44, Right = 12, Top = 26, Bottom = 30;
    private const double LegendStep = 80;
    private const int Ticks = 5;

    /// <summary>Draws a line chart.</summary>
    /// <param name="title">The title.</param>
    /// <param name="xLabel">The label of the horizontal axis.</param>
    /// <param name="x">The range of the horizontal axis.</param>
    /// <param name="y">The range of the vertical axis.</param>
    /// <param name="lines">The lines; those without points are left out.</param>
    /// <returns>An <c>svg</c> element.</returns>
    public static string Lines(
        string title, string xLabel, (double Low, double High) x, (double Low, double High) y, params IEnumerable<ChartLine> lines)
    {
        var (xAxis, yAxis) = (NonEmpty(x), NonEmpty(y));
        double labelY = Height - 10;
        var drawn = lines.Where(line => line.Points.Count > 0).ToArray();
        var ticks = Enumerable.Range(0, Ticks).Select(i => yAxis.Low + i * (yAxis.High - yAxis.Low) / (Ticks - 1));
        string low = $"<text x=\"{Left}\" y=\"{labelY}\">{Number(xAxis.Low)}</text>";
        string high = $"<text x=\"{Width - Right}\" y=\"{labelY}\" text-anchor=\"end\">{Number(xAxis.High)}</text>";
        string middle = $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{labelY}\" text-anchor=\"middle\">{Text(xLabel)}</text>";
        return $"""
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Text(title)}"><text x="{Left}" y="14">{Text(title)}</text>
            {string.Concat(ticks.Select(Tick))}
            {low}{high}{middle}
            {string.Concat(drawn.Select(Polyline))}
            {string.Concat(drawn.Where(line => line.Style == LineStyle.Solid).SelectMany(line => line.Points).Select(Dot))}
            {string.Concat(drawn.Select(Legend))}
            </svg>
            """;

        string X(double value) => Number(Left + (value - xAxis.Low) / (xAxis.High - xAxis.Low) * (Width - Left - Right));

        double YOf(double value) => Height - Bottom - (value - yAxis.Low) / (yAxis.High - yAxis.Low) * (Height - Top - Bottom);

        string Y(double value) => Number(YOf(value));

        string Tick(double value) =>
            $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Y(value)}\" y2=\"{Y(value)}\"/>" +
            $"<text x=\"{Left - 6}\" y=\"{Number(YOf(value) + 4)}\" text-anchor=\"end\">{Number(value, "0.###")}</text>";

        string Polyline(ChartLine line)
        {
            string points = string.Join(' ', line.Points.Select(point => $"{X(point.X)},{Y(point.Y)}"));
            return $"<polyline class=\"{CssClass(line.Style)}\" points=\"{points}\"/>";
        }

        string Dot((double X, double Y) point) => $"<circle class=\"main\" r=\"2.5\" cx=\"{X(point.X)}\" cy=\"{Y(point.Y)}\"/>";

        string Legend(ChartLine line, int index)
        {
            double right = Width - Right - LegendStep * (drawn.Length - 1 - index);
            return $"<text class=\"{CssClass(line.Style)}\" x=\"{right}\" y=\"14\" text-anchor=\"end\">{Text(line.Name)}</text>";
        }
    }

    private static string CssClass(LineStyle style) => style == LineStyle.Solid ? "main" : "other";

    // A range of a single value is widened, so that it can be drawn.
    private static (double Low, double High) NonEmpty((double Low, double High) range) =>
        range.High > range.Low ? range : (range.Low - 0.5, range.Low + 0.5);
}
