using System.Globalization;
using System.Net;

namespace TransferKit.Benchmarks;

/// <summary>Draws accuracy against speed, on a logarithmic axis, as SVG.</summary>
internal static class SpeedPlot
{
    private const double Width = 720, Height = 380, Left = 56, Right = 150, Top = 16, Bottom = 48;

    /// <summary>Draws a point for each network.</summary>
    /// <param name="points">The name, images per second, and the accuracy in percent.</param>
    public static string Draw((string Name, double Speed, double Accuracy)[] points)
    {
        double slowest = points.Min(p => p.Speed) / 1.2, fastest = points.Max(p => p.Speed) * 1.2;
        double lowest = Math.Floor(points.Min(p => p.Accuracy)) - 1, highest = Math.Ceiling(points.Max(p => p.Accuracy)) + 1;
        double X(double speed) => Left + Math.Log(speed / slowest) / Math.Log(fastest / slowest) * (Width - Left - Right);
        double Y(double accuracy) => Top + (highest - accuracy) / (highest - lowest) * (Height - Top - Bottom);

        var lines = new List<string>
        {
            FormattableString.Invariant($"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" """)
                + """font-family="sans-serif" font-size="13" role="img" aria-label="Accuracy against speed">""",
            """<rect width="100%" height="100%" fill="#fff"/>""",
        };
        foreach (double speed in new[] { 25.0, 50, 100, 200, 400, 800, 1600 }.Where(speed => speed > slowest && speed < fastest))
            lines.Add(Line(X(speed), Top, X(speed), Height - Bottom) + Label(X(speed), Height - Bottom + 18, $"{speed}", "middle"));
        for (double accuracy = lowest + 1; accuracy < highest; accuracy += 2)
            lines.Add(Line(Left, Y(accuracy), Width - Right, Y(accuracy)) + Label(Left - 8, Y(accuracy) + 4, $"{accuracy} %", "end"));
        lines.Add(Label((Left + Width - Right) / 2, Height - 8, "images per second, JPEG files to features", "middle"));
        foreach (var (name, speed, accuracy) in points)
        {
            bool isInt8 = name.Contains("int8", StringComparison.Ordinal);
            string color = isInt8 ? "#c2410c" : "#1d4ed8";
            lines.Add(FormattableString.Invariant($"""<circle cx="{X(speed):0.#}" cy="{Y(accuracy):0.#}" r="5" fill="{color}"/>""")
                + Label(X(speed) + 9, Y(accuracy) + (isInt8 ? 17 : 4), name, "start"));
        }
        return string.Join('\n', [.. lines, "</svg>", ""]);
    }

    private static string Line(double x1, double y1, double x2, double y2) =>
        FormattableString.Invariant($"""<path d="M{x1:0.#} {y1:0.#}L{x2:0.#} {y2:0.#}" stroke="#ddd"/>""");

    private static string Label(double x, double y, string text, string anchor) => string.Create(CultureInfo.InvariantCulture,
        $"""<text x="{x:0.#}" y="{y:0.#}" text-anchor="{anchor}" fill="#222">{WebUtility.HtmlEncode(text)}</text>""");
}
