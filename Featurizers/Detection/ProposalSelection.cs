namespace TransferKit.Detection;

/// <summary>Which anchors become proposals (Ren et al. 2015, arXiv:1506.01497).</summary>
/// <param name="Before">How many of each map at most compete, the likeliest ones.</param>
/// <param name="After">How many of an image are left at most.</param>
/// <param name="Score">The lowest probability that something is there, from 0 to 1.</param>
public sealed record ProposalSelection(int Before = 1000, int After = 1000, float Score = 0)
{
    private const float Overlap = 0.7f, Smallest = 1e-3f;

    /// <summary>The proposals, the likeliest first, in pixels of an image.</summary>
    /// <param name="maps">What the head says for each map of the pyramid.</param>
    /// <param name="height">The image's height, without padding.</param>
    /// <param name="width">The image's width, without padding.</param>
    internal Box[] Choose(IReadOnlyList<ProposalMap> maps, int height, int width)
    {
        var candidates = new List<(Box Box, float Probability, int Level)>();
        for (int level = 0; level < maps.Count; level++)
            foreach (var (box, logit) in maps[level].TopK(Before))
                candidates.Add((box.Within(width, height), 1 / (1 + MathF.Exp(-logit)), level));
        // A network that is not of numbers gives boxes that are not, and they are no wider than the smallest.
        candidates.RemoveAll(c => !(c.Box.Width >= Smallest && c.Box.Height >= Smallest && c.Probability >= Score));
        Box[] boxes = [.. candidates.Select(c => c.Box)];
        int[] kept = NonMaximumSuppression.Keep(boxes, [.. candidates.Select(c => c.Probability)], Overlap, [.. candidates.Select(c => c.Level)], After);
        return [.. kept.Select(i => boxes[i])];
    }
}
