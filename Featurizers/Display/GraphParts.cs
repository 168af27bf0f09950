using TransferKit.Graphs;

namespace TransferKit.Display;

/// <summary>A part of a drawn graph: a box, or branches side by side.</summary>
internal abstract record GraphPart;

/// <summary>A node, or a block: consecutive nodes whose names start alike.</summary>
/// <param name="Label">The short name that is drawn, such as <c>conv1</c>.</param>
/// <param name="Name">The full name, such as <c>layer1.0.conv1</c>.</param>
/// <param name="Kind">The operator with its settings, or what the block is.</param>
/// <param name="Shape">The shape of its value; for a block, of the last value that is read outside.</param>
/// <param name="Parameters">The number of trainable parameters.</param>
/// <param name="MultiplyAccumulates">The multiply-accumulates for one image.</param>
/// <param name="Inside">The parts of a block; null for a node.</param>
internal sealed record GraphBox(
    string Label, string Name, string Kind, Shape Shape, long Parameters, long MultiplyAccumulates, GraphColumn? Inside) : GraphPart
{
    /// <summary>Whether the box has parameters or cost.</summary>
    public bool HasFigures => Parameters > 0 || MultiplyAccumulates > 0;

    /// <summary>The exact figures in words, for tooltips and screen readers.</summary>
    public string Description =>
        $"{Name}: {Kind}, output {Shape}, {Html.Number(Parameters, "N0")} parameters, "
        + $"{Html.Number(MultiplyAccumulates, "N0")} multiply-accumulates";
}

/// <summary>Branches from one value, side by side.</summary>
/// <param name="Columns">Those that meet again below; at least one, which is empty if the value just goes on.</param>
/// <param name="HasShortcut">Whether the value itself is also read below, as in a residual block.</param>
/// <param name="DeadEnds">Those that the output does not need, such as auxiliary classifiers.</param>
internal sealed record GraphBranches(
    IReadOnlyList<GraphColumn> Columns, bool HasShortcut, IReadOnlyList<GraphColumn> DeadEnds) : GraphPart;

/// <summary>Parts one below the other.</summary>
/// <param name="Parts">The parts from top to bottom.</param>
/// <param name="Links">
/// Whether each part reads the one above it; the first entry is for what comes into the column, the additional last one for what reads its
/// last part.
/// </param>
/// <param name="Lanes">The edges that pass parts by.</param>
internal sealed record GraphColumn(IReadOnlyList<GraphPart> Parts, IReadOnlyList<bool> Links, IReadOnlyList<GraphLane> Lanes)
{
    /// <summary>The number of lanes next to each other, right of the parts.</summary>
    public int LaneCount => Lanes.Select(lane => lane.Position + 1).DefaultIfEmpty().Max();

    /// <summary>Returns the text of a link: the shape of the box above it.</summary>
    /// <param name="index">The index of the link.</param>
    public string LinkLabel(int index) => index > 0 && Parts[index - 1] is GraphBox box ? $"{box.Shape}" : "";
}

/// <summary>An edge of a column that passes parts by.</summary>
/// <param name="From">The index of the part that is read; -1 for what comes into the column.</param>
/// <param name="To">The index of the part that reads it; the number of parts for what follows the column.</param>
/// <param name="Position">Where it is drawn, counted from the parts to the right.</param>
internal sealed record GraphLane(int From, int To, int Position);
