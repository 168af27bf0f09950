namespace TransferKit.Detection;

/// <summary>The anchors or proposals of a batch that are sampled for the losses, image after image.</summary>
internal sealed class SampledBoxes
{
    /// <summary>The number of the image in the batch and the box, for each sample.</summary>
    public List<(int Image, Box Box)> Boxes { get; } = [];

    /// <summary>The position of each sample among the boxes of all images, if every image has equally many.</summary>
    public List<long> Positions { get; } = [];

    /// <summary>The class of each sample; 0 for the background.</summary>
    public List<int> Labels { get; } = [];

    /// <summary>The indices of the positive samples.</summary>
    public List<int> Positives { get; } = [];

    /// <summary>The target deltas of the positive samples, four numbers each.</summary>
    public List<float> TargetDeltas { get; } = [];

    /// <summary>Samples the boxes of an image.</summary>
    /// <param name="image">The number of the image in the batch.</param>
    /// <param name="boxes">The image's anchors or proposals.</param>
    /// <param name="groundTruth">The objects in the image.</param>
    /// <param name="matcher">The rule that assigns boxes to objects.</param>
    /// <param name="count">The largest number of samples.</param>
    /// <param name="positiveFraction">The largest fraction of positive samples, from 0 to 1.</param>
    /// <param name="coder">The encoding of target deltas.</param>
    /// <param name="random">The random number generator.</param>
    public void Add(int image, Box[] boxes, LabeledBox[] groundTruth, Matcher matcher, int count, double positiveFraction, BoxCoder coder,
        Random random)
    {
        int[] matches = matcher.Match(boxes, [.. groundTruth.Select(o => o.Box)]);
        foreach (int i in Sample(matches, count, positiveFraction, random))
        {
            bool isPositive = matches[i] >= 0;
            if (isPositive)
            {
                Positives.Add(Labels.Count);
                var (x, y, width, height) = coder.Encode(groundTruth[matches[i]].Box, boxes[i]);
                TargetDeltas.AddRange(x, y, width, height);
            }
            Boxes.Add((image, boxes[i]));
            Positions.Add((long)image * boxes.Length + i);
            Labels.Add(isPositive ? groundTruth[matches[i]].Label : 0);
        }
    }

    // Positive boxes come first; negative ones fill up to the count (torchvision's BalancedPositiveNegativeSampler).
    private static int[] Sample(int[] matches, int count, double positiveFraction, Random random)
    {
        int[] positives = [.. Enumerable.Range(0, matches.Length).Where(i => matches[i] >= 0)];
        int[] negatives = [.. Enumerable.Range(0, matches.Length).Where(i => matches[i] == Matcher.BelowLowThreshold)];
        random.Shuffle(positives);
        random.Shuffle(negatives);
        positives = positives[..Math.Min(positives.Length, (int)(count * positiveFraction))];
        return [.. positives, .. negatives.Take(count - positives.Length)];
    }
}
