namespace TransferKit.Detection;

/// <summary>Assigns boxes to objects by their IoU (torchvision's Matcher; Ren et al. 2015, arXiv:1506.01497, section 3.1.2).</summary>
/// <param name="HighThreshold">The IoU from which on a box is positive.</param>
/// <param name="LowThreshold">The IoU below which a box is negative; boxes between the two thresholds are ignored.</param>
/// <param name="AllowLowQualityMatches">Whether each object's best box is positive whatever its IoU.</param>
internal sealed record Matcher(float HighThreshold, float LowThreshold, bool AllowLowQualityMatches)
{
    /// <summary>The match of a box with IoU below <see cref="LowThreshold"/>.</summary>
    public const int BelowLowThreshold = -1;

    /// <summary>The match of a box with IoU between the thresholds, which is ignored.</summary>
    public const int BetweenThresholds = -2;

    /// <summary>The matcher of anchors.</summary>
    public static Matcher Anchors { get; } = new(0.7f, 0.3f, AllowLowQualityMatches: true);

    /// <summary>The matcher of proposals.</summary>
    public static Matcher Proposals { get; } = new(0.5f, 0.5f, AllowLowQualityMatches: false);

    /// <summary>
    /// Returns, for each box, the index of its object, <see cref="BelowLowThreshold"/> or <see cref="BetweenThresholds"/>.
    /// </summary>
    /// <param name="boxes">The anchors or proposals.</param>
    /// <param name="objects">The boxes of the objects.</param>
    public int[] Match(IReadOnlyList<Box> boxes, IReadOnlyList<Box> objects)
    {
        float[,] ious = ComputeIou(boxes, objects);
        int[] bestObject = new int[boxes.Count];
        float[] highestIouOfBox = new float[boxes.Count], highestIouOfObject = new float[objects.Count];
        for (int o = 0; o < objects.Count; o++)
            for (int b = 0; b < boxes.Count; b++)
            {
                float iou = ious[o, b];
                highestIouOfObject[o] = Math.Max(highestIouOfObject[o], iou);
                if (iou > highestIouOfBox[b])
                    (highestIouOfBox[b], bestObject[b]) = (iou, o);
            }
        int[] matches = [.. highestIouOfBox.Select((iou, b) => objects.Count == 0 ? BelowLowThreshold : MatchOf(iou, bestObject[b]))];
        if (AllowLowQualityMatches)
            AddLowQualityMatches(matches, ious, highestIouOfObject, bestObject);
        return matches;
    }

    private static float[,] ComputeIou(IReadOnlyList<Box> boxes, IReadOnlyList<Box> objects)
    {
        float[,] ious = new float[objects.Count, boxes.Count];
        for (int o = 0; o < objects.Count; o++)
            for (int b = 0; b < boxes.Count; b++)
                ious[o, b] = boxes[b].IntersectionOverUnion(objects[o]);
        return ious;
    }

    private static void AddLowQualityMatches(int[] matches, float[,] ious, float[] highestIouOfObject, int[] bestObject)
    {
        for (int o = 0; o < highestIouOfObject.Length; o++)
            for (int b = 0; b < matches.Length; b++)
                // As in torchvision, such a box is matched with its own best object. Unlike there, an object that no box overlaps gets
                // none.
                if (highestIouOfObject[o] > 0 && ious[o, b] == highestIouOfObject[o])
                    matches[b] = bestObject[b];
    }

    private int MatchOf(float iou, int bestObject) =>
        iou < LowThreshold ? BelowLowThreshold : iou < HighThreshold ? BetweenThresholds : bestObject;
}
