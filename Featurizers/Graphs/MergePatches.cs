namespace TransferKit.Graphs;

/// <summary>
/// Joins each 2 x 2 tokens of a square grid into one that is four times as wide, as Swin does it between stages (arXiv:2103.14030): upper
/// left, lower left, upper right, lower right. A grid with an odd side is padded with zeros.
/// </summary>
public sealed record MergePatches : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var tokens = RequireTokens(inputs[0]);
        int side = (WindowAttention.GridSide(tokens) + 1) / 2;
        return Shape.OfTokens(side * side, 4 * tokens.Channels);
    }

    /// <summary>
    /// Returns for each quarter of each new token the number of its token in the grid; the number after the last token stands for padding.
    /// </summary>
    internal static int[] Indices(int side)
    {
        var tokens = new List<int>();
        for (int row = 0; row < side; row += 2)
            for (int column = 0; column < side; column += 2)
                foreach (var (r, c) in new[] { (row, column), (row + 1, column), (row, column + 1), (row + 1, column + 1) })
                    tokens.Add(r < side && c < side ? r * side + c : side * side);
        return [.. tokens];
    }
}
