namespace TransferKit.Detection;

/// <summary>Matches the detections of a class in an image to the objects of that class, as pycocotools' COCOeval does.</summary>
/// <param name="label">The class.</param>
/// <param name="threshold">The IoU threshold from which on a detection matches an object.</param>
/// <param name="area">The size of objects that count; others are ignored.</param>
/// <param name="maxDetections">The number of detections that are matched, those with the highest scores.</param>
internal sealed class DetectionMatching(int label, double threshold, AreaRange area, int maxDetections)
{
    /// <summary>The number of objects that are to be found.</summary>
    public int CountObjects(IReadOnlyList<LabeledBox> groundTruth) => groundTruth.Count(o => o.Label == label && !IsIgnored(o));

    /// <summary>For each detection its score, and whether it is a true positive; null if it is ignored.</summary>
    public IEnumerable<(float Score, bool? IsTruePositive)> Match(
        IReadOnlyList<Detection> detections, IReadOnlyList<LabeledBox> groundTruth)
    {
        // Ignored objects come last: they are matched only where no other object is.
        LabeledBox[] objects = [.. groundTruth.Where(o => o.Label == label).OrderBy(IsIgnored)];
        bool[] matched = new bool[objects.Length];
        foreach (var detection in detections.Where(d => d.Label == label).OrderByDescending(d => d.Score).Take(maxDetections))
        {
            int best = BestMatch(detection.Box, objects, matched);
            if (best >= 0)
                matched[best] = true;
            bool counts = best >= 0 ? !IsIgnored(objects[best]) : area.Contains(detection.Box.Area);
            yield return (detection.Score, counts ? best >= 0 : null);
        }
    }

    private int BestMatch(Box box, LabeledBox[] objects, bool[] matched)
    {
        int best = -1;
        double highest = Math.Min(threshold, 1 - 1e-10);
        for (int i = 0; i < objects.Length; i++)
        {
            // VOC's devkit ignores every detection of a difficult object, as COCO's evaluation does with a crowd.
            if (matched[i] && !objects[i].IsCrowd && !objects[i].IsDifficult)
                continue;
            if (best >= 0 && !IsIgnored(objects[best]) && IsIgnored(objects[i]))
                break;
            double overlap = Overlap(box, objects[i]);
            if (overlap >= highest)
                (best, highest) = (i, overlap);
        }
        return best;
    }

    // A crowd covers many objects: what counts is how much of the detection lies inside of it.
    private static double Overlap(Box box, LabeledBox groundTruth) =>
        groundTruth.IsCrowd ? box.Clip(groundTruth.Box).Area / box.Area : box.IntersectionOverUnion(groundTruth.Box);

    private bool IsIgnored(LabeledBox groundTruth) =>
        groundTruth.IsCrowd || groundTruth.IsDifficult || !area.Contains(groundTruth.Area ?? groundTruth.Box.Area);
}
