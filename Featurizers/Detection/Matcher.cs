namespace TransferKit.Detection;

/// <summary>Assigns boxes to objects by their IoU (torchvision's Matcher; Ren et al. 2015, arXiv:1506.01497, section 3.1.2).</summary>
/// <param name="HighThreshold">The IoU from which on a box is positive.</param>
/// <param name="LowThreshold">The IoU below which a box is negative; boxes between the two thresholds are ignored.</param>
/// <param name="AllowLowQualityMatches">Whether each object's best box is positive whatever its IoU.</param>
internal sealed record Matcher(float HighThreshold, float LowThreshold, bool AllowLowQualityMatches)
{
    /// <summary>The match of a negative box, and that of a box that is ignored.</summary>
    public const int BelowLowThreshold = -1, BetweenThresholds = -2;

    /// <summary>The matcher of anchors.</summary>
    public static Matcher Anchors { get; } = new(0.7f, 0.3f, AllowLowQualityMatches: true);

    /// <summary>The matcher of proposals.</summary>
    public static Matcher Proposals { get; } = new(0.5f, 0.5f, AllowLowQualityMatches: false);

    /// <summary>For each box the position of its object, <see cref="BelowLowThreshold"/> or <see cref="BetweenThresholds"/>.</summary>
    /// <param name="boxes">The anchors or proposals.</param>
    /// <param name="objects">The boxes of the objects.</param>
    public int[] Match(IReadOnlyList<Box> boxes, IReadOnlyList<Box> objects)
    {
        int[] nearest = new int[boxes.Count];
        float[] bestOfBox = new float[boxes.Count], bestOfObject = new float[objects.Count];
        var overlaps = new float[objects.Count, boxes.Count];
        for (int o = 0; o < objects.Count; o++)
            for (int b = 0; b < boxes.Count; b++)
            {
                float overlap = overlaps[o, b] = boxes[b].IntersectionOverUnion(objects[o]);
                bestOfObject[o] = Math.Max(bestOfObject[o], overlap);
                if (overlap > bestOfBox[b])
                    (bestOfBox[b], nearest[b]) = (overlap, o);
            }
        int[] matches = new int[boxes.Count];
        for (int b = 0; b < boxes.Count; b++)
            matches[b] = objects.Count == 0 || bestOfBox[b] < LowThreshold ? BelowLowThreshold
                : bestOfBox[b] < HighThreshold ? BetweenThresholds
                : nearest[b];
        if (AllowLowQualityMatches)
            for (int o = 0; o < objects.Count; o++)
                for (int b = 0; b < boxes.Count; b++)
                    if (bestOfObject[o] > 0 && overlaps[o, b] == bestOfObject[o])
                        matches[b] = nearest[b];
        return matches;
    }
}
