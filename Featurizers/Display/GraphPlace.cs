namespace TransferKit.Display;

/// <summary>Where a column of a drawn graph is, which says what its first and last links join.</summary>
internal enum GraphPlace
{
    /// <summary>The graph itself, from the input to the output.</summary>
    Outermost,

    /// <summary>Within a block; what comes out of the block is written below it.</summary>
    Block,

    /// <summary>One of the branches that meet again.</summary>
    Branch,

    /// <summary>A branch from which nothing goes on.</summary>
    DeadEnd,
}

/// <summary>What is drawn between the parts of a column.</summary>
internal static class GraphPlaceExtensions
{
    /// <summary>Whether a link is drawn.</summary>
    /// <param name="place">Where the column is.</param>
    /// <param name="index">The index of the link.</param>
    /// <param name="last">The index of the last link.</param>
    public static bool HasLink(this GraphPlace place, int index, int last) => place switch
    {
        GraphPlace.Outermost => index > 0 && index < last,
        GraphPlace.DeadEnd => index < last,
        _ => true,
    };

    /// <summary>Whether a link has a text.</summary>
    /// <inheritdoc cref="HasLink"/>
    public static bool HasLabel(this GraphPlace place, int index, int last) =>
        place.HasLink(index, last) && !(place == GraphPlace.Block && index == last);
}
