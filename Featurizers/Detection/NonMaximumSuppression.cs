namespace TransferKit.Detection;

/// <summary>Non-maximum suppression (NMS): of boxes that overlap, the one with the highest score is kept.</summary>
internal static class NonMaximumSuppression
{
    /// <summary>Applies non-maximum suppression, within each group separately (torchvision's batched_nms).</summary>
    /// <param name="boxes">The boxes.</param>
    /// <param name="scores">The score of each box. Of equal scores the first one wins; NaN is the lowest score.</param>
    /// <param name="threshold">The highest IoU with a kept box of a higher score, from 0 to 1.</param>
    /// <param name="groups">The group of each box, such as its class or feature map; empty to put all boxes into one group.</param>
    /// <param name="maxCount">The largest number of boxes to keep.</param>
    /// <returns>The positions of the kept boxes; those with the highest scores come first.</returns>
    /// <exception cref="ArgumentException">The number of scores or groups differs from the number of boxes.</exception>
    public static int[] Keep(ReadOnlySpan<Box> boxes, ReadOnlySpan<float> scores, float threshold, ReadOnlySpan<int> groups = default,
        int maxCount = int.MaxValue)
    {
        if (scores.Length != boxes.Length || (groups.Length != boxes.Length && groups.Length != 0))
            throw new ArgumentException(
                $"{boxes.Length} boxes need as many scores and, if any, groups; there are {scores.Length} and {groups.Length}.");
        float[] sorted = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, sorted.Length).OrderByDescending(i => sorted[i])];
        var keptOfGroup = new Dictionary<int, List<Box>>();
        var result = new List<int>();
        foreach (int i in order)
        {
            if (result.Count >= maxCount)
                break;
            int group = groups.IsEmpty ? 0 : groups[i];
            if (!keptOfGroup.TryGetValue(group, out var kept))
                keptOfGroup[group] = kept = [];
            if (Overlaps(boxes[i], kept, threshold))
                continue;
            kept.Add(boxes[i]);
            result.Add(i);
        }
        return [.. result];
    }

    private static bool Overlaps(Box box, List<Box> kept, float threshold)
    {
        foreach (var other in kept)
            if (box.IntersectionOverUnion(other) > threshold)
                return true;
        return false;
    }
}
