using System.Collections.Concurrent;

namespace TransferKit.Graphs;

/// <summary>
/// The division of a square grid of tokens into square windows (arXiv:2103.14030), or into sets of tokens that lie on a coarse grid over
/// the whole image (arXiv:2204.01697). A grid whose side is no multiple of the window's is padded at the right and at the bottom.
/// </summary>
/// <param name="Size">The number of tokens along the side of a window.</param>
/// <param name="Shift">By how many tokens the windows are shifted to the right and down.</param>
/// <param name="IsGrid">Whether the tokens of a window are spread over the image, instead of neighbors.</param>
public sealed record WindowPartition(int Size, int Shift = 0, bool IsGrid = false)
{
    // Every run of a network in libtorch needs the same few layouts.
    private static readonly ConcurrentDictionary<(WindowPartition Partition, int Side), WindowLayout> Layouts = new();

    /// <summary>Returns the indices and the mask for a grid; they are computed once.</summary>
    internal WindowLayout Layout(int side) => Layouts.GetOrAdd((this, side), key =>
        new(key.Partition.Indices(side), key.Partition.Reverse(side), key.Partition.Mask(side), key.Partition.RelativePositions()));

    /// <summary>The number of tokens of a window.</summary>
    internal int Tokens => Size * Size;

    /// <summary>Returns the side of the padded grid.</summary>
    internal int PaddedSide(int side) => (side + Size - 1) / Size * Size;

    /// <summary>Returns the number of windows.</summary>
    internal int Count(int side) => PaddedSide(side) * PaddedSide(side) / Tokens;

    /// <summary>
    /// Returns for each token of each window its number in the grid, row by row; the number after the last token stands for padding.
    /// </summary>
    internal int[] Indices(int side) =>
        [.. Positions(side).Select(p => p.Row < side && p.Column < side ? p.Row * side + p.Column : side * side)];

    /// <summary>Returns for each token of the grid its number among the tokens of all windows.</summary>
    internal int[] Reverse(int side)
    {
        int[] indices = Indices(side), reverse = new int[side * side];
        for (int i = 0; i < indices.Length; i++)
            if (indices[i] < reverse.Length)
                reverse[indices[i]] = i;
        return reverse;
    }

    /// <summary>
    /// Returns what is added to the attention of two tokens of the same window, windows x tokens x tokens: -100 where a shifted window
    /// joins tokens from opposite sides of the image, which are no neighbors; else 0. Null without a shift.
    /// </summary>
    internal float[]? Mask(int side)
    {
        if (Shift == 0)
            return null;
        int padded = PaddedSide(side);
        int[] regions = [.. Positions(side).Select(p => 3 * Region(p.Row, padded) + Region(p.Column, padded))];
        return [.. regions.Chunk(Tokens).SelectMany(window => window.SelectMany(a => window.Select(b => a == b ? 0f : -100f)))];
    }

    /// <summary>
    /// Returns for each pair of tokens of a window the number of their relative position, from 0 to (2 size - 1)^2 - 1, as torchvision's
    /// <c>relative_position_index</c> has it.
    /// </summary>
    internal int[] RelativePositions()
    {
        var tokens = Enumerable.Range(0, Tokens);
        return [.. tokens.SelectMany(a => tokens.Select(b =>
            (a / Size - b / Size + Size - 1) * (2 * Size - 1) + a % Size - b % Size + Size - 1))];
    }

    // The row and the column of each token of each window in the padded grid.
    private IEnumerable<(int Row, int Column)> Positions(int side)
    {
        int padded = PaddedSide(side), windowsPerSide = padded / Size;
        for (int window = 0; window < windowsPerSide * windowsPerSide; window++)
        {
            int windowRow = window / windowsPerSide, windowColumn = window % windowsPerSide;
            for (int token = 0; token < Tokens; token++)
                yield return (Place(windowRow, token / Size), Place(windowColumn, token % Size));
        }
        int Place(int window, int token) => IsGrid ? token * windowsPerSide + window : (window * Size + token + Shift) % padded;
    }

    // Counted before the shift: the tokens that come from the other side of the image, those whose windows they share, and the rest.
    private int Region(int position, int padded)
    {
        int shifted = (position - Shift + padded) % padded;
        return shifted < padded - Size ? 0 : shifted < padded - Shift ? 1 : 2;
    }
}

/// <summary>How a grid of tokens is divided into windows.</summary>
/// <param name="Indices">See <see cref="WindowPartition.Indices"/>.</param>
/// <param name="Reverse">See <see cref="WindowPartition.Reverse"/>.</param>
/// <param name="Mask">See <see cref="WindowPartition.Mask"/>.</param>
/// <param name="RelativePositions">See <see cref="WindowPartition.RelativePositions"/>.</param>
internal sealed record WindowLayout(int[] Indices, int[] Reverse, float[]? Mask, int[] RelativePositions);
