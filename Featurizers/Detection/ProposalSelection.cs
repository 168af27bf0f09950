namespace TransferKit.Detection;

/// <summary>Selects the proposals of an image among its decoded anchors (Ren et al. 2015, arXiv:1506.01497).</summary>
/// <param name="PreNmsTopN">The number of anchors of each feature map that are kept before non-maximum suppression.</param>
/// <param name="PostNmsTopN">The number of proposals of an image that are kept after non-maximum suppression.</param>
/// <param name="ScoreThreshold">The lowest objectness of a proposal, from 0 to 1.</param>
public sealed record ProposalSelection(int PreNmsTopN = 1000, int PostNmsTopN = 1000, float ScoreThreshold = 0)
{
    private const float NmsThreshold = 0.7f, MinSize = 1e-3f;

    /// <summary>Selects the proposals, in pixels of the image; those with the highest objectness come first.</summary>
    /// <param name="maps">The outputs of the region proposal network for each feature map.</param>
    /// <param name="height">The image's height without padding.</param>
    /// <param name="width">The image's width without padding.</param>
    internal Box[] Select(IReadOnlyList<ProposalMap> maps, int height, int width)
    {
        var candidates = new List<(Box Box, float Objectness, int Level)>();
        for (int level = 0; level < maps.Count; level++)
            foreach (var (box, logit) in maps[level].TopK(PreNmsTopN))
                candidates.Add((box.Clip(width, height), 1 / (1 + MathF.Exp(-logit)), level));
        // Written so that boxes of NaN, which broken weights give, are removed.
        candidates.RemoveAll(c => !(c.Box.Width >= MinSize && c.Box.Height >= MinSize && c.Objectness >= ScoreThreshold));
        Box[] boxes = [.. candidates.Select(c => c.Box)];
        float[] scores = [.. candidates.Select(c => c.Objectness)];
        int[] levels = [.. candidates.Select(c => c.Level)];
        return [.. NonMaximumSuppression.Keep(boxes, scores, NmsThreshold, levels, PostNmsTopN).Select(i => boxes[i])];
    }
}
