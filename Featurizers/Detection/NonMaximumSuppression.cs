namespace TransferKit.Detection;

/// <summary>Of boxes that cover much the same the one with the highest score.</summary>
public static class NonMaximumSuppression
{
    /// <summary>The boxes to keep, best first: each that no better one which is kept covers by more than a threshold.</summary>
    /// <param name="boxes">The boxes.</param>
    /// <param name="scores">A score for each; of equal ones the first box counts as better, NaN as worst.</param>
    /// <param name="threshold">The highest intersection over union with a better box, from 0 to 1.</param>
    /// <param name="groups">A number for each box, if only boxes with the same one shall compete; or nothing.</param>
    /// <param name="most">How many to keep at most.</param>
    /// <returns>Positions in <paramref name="boxes"/>.</returns>
    /// <exception cref="ArgumentException">There are not as many scores, or groups, as boxes.</exception>
    public static int[] Keep(ReadOnlySpan<Box> boxes, ReadOnlySpan<float> scores, float threshold, ReadOnlySpan<int> groups = default, int most = int.MaxValue)
    {
        if (scores.Length != boxes.Length || (groups.Length != boxes.Length && groups.Length != 0))
            throw new ArgumentException($"{boxes.Length} boxes need as many scores and, if any, groups; there are {scores.Length} and {groups.Length}.");
        float[] ranked = scores.ToArray();
        int[] order = [.. Enumerable.Range(0, ranked.Length).OrderByDescending(i => ranked[i])];
        // What is kept so far, by group: others are never compared.
        var kept = new Dictionary<int, List<Box>>();
        var result = new List<int>();
        foreach (int i in order)
        {
            if (result.Count >= most)
                break;
            int group = groups.IsEmpty ? 0 : groups[i];
            if (!kept.TryGetValue(group, out var better))
                kept[group] = better = [];
            if (Covered(boxes[i], better, threshold))
                continue;
            better.Add(boxes[i]);
            result.Add(i);
        }
        return [.. result];
    }

    private static bool Covered(Box box, List<Box> better, float threshold)
    {
        foreach (var other in better)
            if (box.IntersectionOverUnion(other) > threshold)
                return true;
        return false;
    }
}
