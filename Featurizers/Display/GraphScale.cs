using static TransferKit.Display.Html;

namespace TransferKit.Display;

/// <summary>What a drawn graph counts as a whole, and how deep its blocks are open at first.</summary>
/// <param name="Parameters">The parameters of the network.</param>
/// <param name="MultiplyAccumulates">The multiply-accumulates of the network.</param>
/// <param name="OpenDepth">How many levels of blocks are open.</param>
internal sealed record GraphScale(long Parameters, long MultiplyAccumulates, int OpenDepth)
{
    // About as many boxes, one below the other, as can be looked over. VGG-19 with batch normalization has this many.
    private const int MostRows = 70;

    /// <summary>The exact figures of the network in words.</summary>
    public string Totals => $"{Number(Parameters, "N0")} parameters, {Number(MultiplyAccumulates, "N0")} multiply-accumulates (MACs)";

    /// <summary>Returns the scale of a graph. As many levels are open as give at most 70 boxes one below the other.</summary>
    public static GraphScale Of(GraphColumn graph)
    {
        var boxes = Boxes(graph).ToArray();
        int deepest = Depth(graph), depth = 0;
        while (depth < deepest && Rows(graph, depth + 1) <= MostRows)
            depth++;
        return new(boxes.Sum(box => box.Parameters), boxes.Sum(box => box.MultiplyAccumulates), depth);
    }

    /// <summary>The share of the network's parameters, from 0 to 1.</summary>
    public double ParameterShare(GraphBox box) => (double)box.Parameters / Math.Max(1, Parameters);

    /// <summary>The share of the network's multiply-accumulates, from 0 to 1.</summary>
    public double CostShare(GraphBox box) => (double)box.MultiplyAccumulates / Math.Max(1, MultiplyAccumulates);

    /// <summary>The sizes of a box in short: <c>9.4 K parameters · 118 M MACs</c>; empty without parameters and cost.</summary>
    public static string Figures(GraphBox box) => (box.Parameters, box.MultiplyAccumulates) switch
    {
        (0, 0) => "",
        (_, 0) => $"{Short(box.Parameters)} parameters",
        (0, _) => $"{Short(box.MultiplyAccumulates)} MACs",
        _ => $"{Short(box.Parameters)} parameters · {Short(box.MultiplyAccumulates)} MACs",
    };

    /// <summary>A count with three digits: <c>9.41 K</c>.</summary>
    public static string Short(long count)
    {
        var (value, unit) = count switch
        {
            < 1000 => (count, ""),
            < 999_500 => (count / 1e3, " K"),
            < 999_500_000 => (count / 1e6, " M"),
            _ => (count / 1e9, " G"),
        };
        return Number(value, value < 9.995 ? "0.##" : value < 99.95 ? "0.#" : "0") + unit;
    }

    private static IEnumerable<GraphBox> Boxes(GraphColumn column) => column.Parts.SelectMany(part => part switch
    {
        GraphBranches branches => branches.Columns.Concat(branches.DeadEnds).SelectMany(Boxes),
        GraphBox box => [box],
        _ => throw new InvalidOperationException($"{part.GetType().Name} is no part of a drawing."),
    });

    // The number of levels of blocks.
    private static int Depth(GraphColumn column) =>
        Boxes(column).Where(box => box.Inside is not null).Select(box => 1 + Depth(box.Inside!)).DefaultIfEmpty().Max();

    // The number of boxes one below the other.
    private static int Rows(GraphColumn column, int openDepth) => column.Parts.Sum(part => part switch
    {
        GraphBranches branches => branches.Columns.Concat(branches.DeadEnds).Max(branch => Rows(branch, openDepth)),
        GraphBox { Inside: { } inside } when openDepth > 0 => 1 + Rows(inside, openDepth - 1),
        _ => 1,
    });
}
