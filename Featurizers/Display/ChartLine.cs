namespace TransferKit.Display;

/// <summary>One line of a <see cref="Chart"/>.</summary>
/// <param name="Name">Its name in the legend.</param>
/// <param name="Style">How it is drawn.</param>
/// <param name="Points">The points from left to right, in the units of the axes.</param>
public sealed record ChartLine(string Name, LineStyle Style, IReadOnlyList<(double X, double Y)> Points);

/// <summary>How a line of a chart is drawn.</summary>
public enum LineStyle
{
    /// <summary>In the main color, with a dot at each point.</summary>
    Solid,

    /// <summary>Dashed, in the second color.</summary>
    Dashed,
}
