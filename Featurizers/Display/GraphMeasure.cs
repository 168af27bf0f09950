using System.Runtime.CompilerServices;

namespace TransferKit.Display;

/// <summary>
/// Measures the parts of a graph that is drawn as SVG, in SVG units. All are symmetrical, so that a column's edges are straight. The width
/// of text is a careful guess, because the reader's fonts are not known.
/// </summary>
internal sealed class GraphMeasure
{
    /// <summary>The distance of lines of text, the width of a lane, and half the width of a shortcut.</summary>
    public const double Line = 14, Lane = 12, Shortcut = 12;

    private const int LongestText = 44;
    private const double SmallestWidth = 110, Padding = 8;

    private readonly Dictionary<(GraphPart, int), (double Width, double Height)> _parts = new(new ByReference());

    /// <summary>The label of a box and, if it says more, its kind.</summary>
    public static (string Label, string Kind) Head(GraphBox box)
    {
        string label = Shortened(GraphDrawing.Printable(box.Label));
        return (label, label.StartsWith(box.Kind, StringComparison.Ordinal) ? "" : Shortened(box.Kind));
    }

    /// <summary>The lines of a box below its label; the shape of an open block is written below the block.</summary>
    public static IEnumerable<string> Lines(GraphBox box, bool isOpen)
    {
        if (box.Inside is not null && !isOpen)
            yield return $"{box.Shape}";
        if (box.HasFigures)
            yield return GraphScale.Figures(box);
    }

    /// <summary>The height of a box that is closed, or of the head of an open one.</summary>
    public static double HeadHeight(GraphBox box, bool isOpen)
    {
        int bars = !box.HasFigures ? 0 : box.MultiplyAccumulates > 0 ? 11 : 6;
        return 22 + Line * Lines(box, isOpen).Count() + bars;
    }

    /// <summary>The height of the gap between the parts of a column.</summary>
    public static double Gap(GraphColumn column) => column.Lanes.Count > 0 ? 30 : 20;

    /// <summary>Returns the size of a part.</summary>
    /// <param name="part">The part.</param>
    /// <param name="openDepth">How many levels of blocks in it are open.</param>
    public (double Width, double Height) Of(GraphPart part, int openDepth)
    {
        if (!_parts.TryGetValue((part, openDepth), out var size))
        {
            size = part is GraphBranches branches ? Branches(branches, openDepth) : Box((GraphBox)part, openDepth);
            _parts.Add((part, openDepth), size);
        }
        return size;
    }

    /// <summary>Returns the size of a column, with the gaps above and below it.</summary>
    public (double Width, double Height) Of(GraphColumn column, int openDepth)
    {
        var sizes = column.Parts.Select(part => Of(part, openDepth)).ToArray();
        double labels = Enumerable.Range(0, column.Links.Count).Max(i => 2 * (5 + TextWidth(column.LinkLabel(i), 10)));
        double parts = sizes.Select(size => size.Width).DefaultIfEmpty().Max() + 2 * Lane * column.LaneCount;
        return (Math.Max(labels, parts), sizes.Sum(size => size.Height) + Gap(column) * column.Links.Count);
    }

    /// <summary>The width of a branch with the space on its sides.</summary>
    public double Branch(GraphColumn column, int openDepth) => Math.Max(2 * Shortcut, Of(column, openDepth).Width + 12);

    private (double Width, double Height) Branches(GraphBranches branches, int openDepth)
    {
        double beside = branches.DeadEnds.Sum(column => Branch(column, openDepth)) + (branches.HasShortcut ? 2 * Shortcut : 0);
        double center = branches.Columns.Sum(column => Branch(column, openDepth));
        return (center + 2 * beside, branches.Columns.Concat(branches.DeadEnds).Max(column => Of(column, openDepth).Height));
    }

    private (double Width, double Height) Box(GraphBox box, int openDepth)
    {
        var (label, kind) = Head(box);
        double head = TextWidth(label, 13) + TextWidth(kind, 12) + 4;
        bool isOpen = box.Inside is not null && openDepth > 0;
        double text = Lines(box, isOpen).Select(line => TextWidth(line, 10.5)).Append(head).Max() + 2 * Padding;
        double width = Math.Max(SmallestWidth, text), height = HeadHeight(box, isOpen);
        if (!isOpen)
            return (width, height);
        var inside = Of(box.Inside!, openDepth - 1);
        return (Math.Max(width, inside.Width + 2 * Padding), height + inside.Height);
    }

    private static double TextWidth(string text, double fontSize) => text.Length * fontSize * .6;

    private static string Shortened(string text) =>
        text.Length <= LongestText ? text : $"{text[..(LongestText / 2)]}…{text[^(LongestText / 2 - 1)..]}";

    private sealed class ByReference : IEqualityComparer<(GraphPart Part, int Depth)>
    {
        public bool Equals((GraphPart Part, int Depth) x, (GraphPart Part, int Depth) y) =>
            ReferenceEquals(x.Part, y.Part) && x.Depth == y.Depth;

        public int GetHashCode((GraphPart Part, int Depth) key) => HashCode.Combine(RuntimeHelpers.GetHashCode(key.Part), key.Depth);
    }
}
