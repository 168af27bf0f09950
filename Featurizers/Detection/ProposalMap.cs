namespace TransferKit.Detection;

/// <summary>The outputs of the region proposal network for one map of the feature pyramid.</summary>
/// <param name="Anchors">The anchors, row by row over the map's pixels; those around one pixel follow each other.</param>
/// <param name="PerLocation">The number of anchors around each pixel.</param>
/// <param name="Objectness">The logits of objectness: anchors per location x height x width.</param>
/// <param name="Deltas">The box deltas: (anchors per location times 4) x height x width.</param>
internal sealed record ProposalMap(Box[] Anchors, int PerLocation, ReadOnlyMemory<float> Objectness, ReadOnlyMemory<float> Deltas)
{
    /// <summary>The decoded boxes with the highest objectness, in descending order, with their logits.</summary>
    /// <param name="count">The largest number of boxes.</param>
    public IReadOnlyList<(Box Box, float Logit)> TopK(int count)
    {
        var logits = Objectness.Span;
        int pixels = logits.Length / PerLocation;
        // The queue's front is the lowest logit that is kept so far.
        var highest = new PriorityQueue<int, float>();
        for (int anchor = 0; anchor < PerLocation; anchor++)
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                float logit = logits[anchor * pixels + pixel];
                bool belongs = highest.Count < count ? !float.IsNaN(logit) : highest.TryPeek(out _, out float lowest) && logit > lowest;
                if (!belongs)
                    continue;
                highest.Enqueue(pixel * PerLocation + anchor, logit);
                if (highest.Count > count)
                    highest.Dequeue();
            }
        var boxes = new List<(Box, float)>();
        while (highest.TryDequeue(out int anchor, out float logit))
            boxes.Add((Decode(anchor, pixels), logit));
        boxes.Reverse();
        return boxes;
    }

    private Box Decode(int index, int pixels)
    {
        var (pixel, anchor) = (index / PerLocation, index % PerLocation);
        Span<float> deltas = stackalloc float[4];
        for (int i = 0; i < 4; i++)
            deltas[i] = Deltas.Span[(4 * anchor + i) * pixels + pixel];
        return BoxCoder.Proposals.Decode(deltas, Anchors[index]);
    }
}
