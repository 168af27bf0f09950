namespace TransferKit.Detection;

/// <summary>The boxes of a batch that are learned from, those of one image after those of another.</summary>
internal sealed class SampledBoxes
{
    /// <summary>The boxes, each with its image's number.</summary>
    public List<(int Image, Box Box)> Boxes { get; } = [];

    /// <summary>The place of each among all boxes of all images.</summary>
    public List<long> Positions { get; } = [];

    /// <summary>What each is meant for; 0 for nothing.</summary>
    public List<int> Labels { get; } = [];

    /// <summary>Which of these are meant for something.</summary>
    public List<int> Positives { get; } = [];

    /// <summary>How what these are meant for differs from them, four numbers each.</summary>
    public List<float> Targets { get; } = [];

    /// <summary>Chooses from the boxes of one image.</summary>
    /// <param name="image">The image's number.</param>
    /// <param name="boxes">The boxes.</param>
    /// <param name="groundTruth">What is in it.</param>
    /// <param name="matching">Which box is meant for what.</param>
    /// <param name="count">How many to choose at most.</param>
    /// <param name="part">The part of them that may be meant for something.</param>
    /// <param name="coder">How deltas are written.</param>
    /// <param name="random">Its state decides which.</param>
    public void Add(int image, Box[] boxes, LabeledBox[] groundTruth, Matching matching, int count, double part, BoxCoder coder, Random random)
    {
        int[] meant = matching.Of(boxes, [.. groundTruth.Select(t => t.Box)]);
        foreach (int i in Matching.Sample(meant, count, part, random))
        {
            if (meant[i] >= 0)
            {
                Positives.Add(Labels.Count);
                var (x, y, width, height) = coder.Encode(groundTruth[meant[i]].Box, boxes[i]);
                Targets.AddRange(x, y, width, height);
            }
            Boxes.Add((image, boxes[i]));
            Positions.Add((long)image * boxes.Length + i);
            Labels.Add(meant[i] >= 0 ? groundTruth[meant[i]].Label : 0);
        }
    }
}
