namespace TransferKit.Detection;

/// <summary>Which box is meant to find which thing (Ren et al. 2015, arXiv:1506.01497, section 3.1.2).</summary>
/// <param name="High">The intersection over union from which on a box is meant for a thing.</param>
/// <param name="Low">That below which it is meant for nothing; between the two it does not count.</param>
/// <param name="Every">Whether the boxes that cover a thing best are meant for it, however little they do.</param>
internal sealed record Matching(float High, float Low, bool Every)
{
    /// <summary>What stands for a box that is meant for nothing, and for one that does not count.</summary>
    public const int Nothing = -1, Between = -2;

    /// <summary>That of anchors.</summary>
    public static Matching Anchors { get; } = new(0.7f, 0.3f, Every: true);

    /// <summary>That of proposals.</summary>
    public static Matching Proposals { get; } = new(0.5f, 0.5f, Every: false);

    /// <summary>For each box the thing it is meant for.</summary>
    public int[] Of(IReadOnlyList<Box> boxes, IReadOnlyList<Box> things)
    {
        int[] nearest = new int[boxes.Count];
        float[] covers = new float[boxes.Count], best = new float[things.Count];
        var overlaps = new float[things.Count, boxes.Count];
        for (int t = 0; t < things.Count; t++)
            for (int b = 0; b < boxes.Count; b++)
            {
                float overlap = overlaps[t, b] = boxes[b].IntersectionOverUnion(things[t]);
                best[t] = Math.Max(best[t], overlap);
                if (overlap > covers[b])
                    (covers[b], nearest[b]) = (overlap, t);
            }
        int[] meant = [.. covers.Select((c, b) => things.Count == 0 || c < Low ? Nothing : c < High ? Between : nearest[b])];
        if (Every)
            for (int t = 0; t < things.Count; t++)
                for (int b = 0; b < boxes.Count; b++)
                    if (best[t] > 0 && overlaps[t, b] == best[t])
                        meant[b] = nearest[b];
        return meant;
    }

    /// <summary>Some boxes to learn from, those that are meant for something first.</summary>
    /// <param name="meant">What <see cref="Of"/> gives.</param>
    /// <param name="count">How many at most.</param>
    /// <param name="part">The part of these that may be meant for something.</param>
    /// <param name="random">Its state decides which.</param>
    public static int[] Sample(int[] meant, int count, double part, Random random)
    {
        int[] something = [.. Enumerable.Range(0, meant.Length).Where(i => meant[i] >= 0)], nothing = [.. Enumerable.Range(0, meant.Length).Where(i => meant[i] == Nothing)];
        random.Shuffle(something);
        random.Shuffle(nothing);
        something = something[..Math.Min(something.Length, (int)(count * part))];
        return [.. something, .. nothing.Take(count - something.Length)];
    }
}
