using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Style"><c>main</c> or <c>other</c>.</param>
/// <param name="Points">From left to right.</param>
internal sealed record ChartLine(string Name, string Style, IReadOnlyList<(double X, double Y)> Points);

/// <summary>A chart of lines as SVG, which takes its colors from the page.</summary>
internal static class Chart
{
    private const double Width = 360, Height = 220, Left = 44, Right = 12, Top = 26, Bottom = 30;

    public static string Lines(string title, string below, (double Low, double High) x, (double Low, double High) y, params IEnumerable<ChartLine> lines)
    {
        var (xs, ys) = (Room(x), Room(y));
        double X(double value) => Left + (value - xs.Low) / (xs.High - xs.Low) * (Width - Left - Right);
        double Y(double value) => Height - Bottom - (value - ys.Low) / (ys.High - ys.Low) * (Height - Top - Bottom);
        var ticks = Enumerable.Range(0, 5).Select(i => ys.Low + i * (ys.High - ys.Low) / 4).ToArray();
        var drawn = lines.Where(l => l.Points.Count > 0).ToArray();
        return $"""
            <svg viewBox="0 0 {Width} {Height}" role="img" aria-label="{Text(title)}"><text x="{Left}" y="14">{Text(title)}</text>
            {string.Concat(ticks.Select(t => $"<line class=\"grid\" x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{Number(Y(t))}\" y2=\"{Number(Y(t))}\"/><text x=\"{Left - 6}\" y=\"{Number(Y(t) + 4)}\" text-anchor=\"end\">{Number(t, "0.###")}</text>"))}
            <text x="{Left}" y="{Height - 10}">{Number(xs.Low)}</text><text x="{Width - Right}" y="{Height - 10}" text-anchor="end">{Number(xs.High)}</text><text x="{(Left + Width - Right) / 2}" y="{Height - 10}" text-anchor="middle">{Text(below)}</text>
            {string.Concat(drawn.Select(l => $"<polyline class=\"{l.Style}\" points=\"{string.Join(' ', l.Points.Select(p => $"{Number(X(p.X))},{Number(Y(p.Y))}"))}\"/>"))}
            {string.Concat(drawn.Where(l => l.Style == "main").SelectMany(l => l.Points).Select(p => $"<circle class=\"main\" r=\"2.5\" cx=\"{Number(X(p.X))}\" cy=\"{Number(Y(p.Y))}\"/>"))}
            {string.Concat(drawn.Select((l, i) => $"<text class=\"{l.Style}\" x=\"{Width - Right - 80 * (drawn.Length - 1 - i)}\" y=\"14\" text-anchor=\"end\">{Text(l.Name)}</text>"))}
            </svg>
            """;
    }

    // A line of one value, or none, has no height of its own.
    private static (double Low, double High) Room((double Low, double High) range) => range.High > range.Low ? range : (range.Low - 0.5, range.Low + 0.5);
}
