namespace TransferKit.Detection;

/// <summary>What the proposal head says for one map of a pyramid.</summary>
/// <param name="Anchors">The anchors, row by row over the map's pixels, those of one pixel one after the other.</param>
/// <param name="Shapes">Anchors around one pixel.</param>
/// <param name="Objectness">For each shape a map of logits that something is there.</param>
/// <param name="Deltas">For each shape four maps: how what is there differs from the anchor.</param>
internal sealed record ProposalMap(Box[] Anchors, int Shapes, ReadOnlyMemory<float> Objectness, ReadOnlyMemory<float> Deltas)
{
    /// <summary>The boxes that most likely hold something, with their logits.</summary>
    public IReadOnlyList<(Box Box, float Logit)> TopK(int most)
    {
        var logits = Objectness.Span;
        int pixels = logits.Length / Shapes;
        // The least likely of those kept so far is at the front.
        var kept = new PriorityQueue<int, float>();
        for (int shape = 0; shape < Shapes; shape++)
            for (int pixel = 0; pixel < pixels; pixel++)
            {
                float logit = logits[shape * pixels + pixel];
                if (kept.Count < most ? !float.IsNaN(logit) : kept.TryPeek(out _, out float least) && logit > least)
                {
                    kept.Enqueue(pixel * Shapes + shape, logit);
                    if (kept.Count > most)
                        kept.Dequeue();
                }
            }
        var likeliest = new List<(Box, float)>();
        while (kept.TryDequeue(out int anchor, out float logit))
            likeliest.Add((Decode(anchor, pixels), logit));
        likeliest.Reverse();
        return likeliest;
    }

    private Box Decode(int anchor, int pixels)
    {
        var (pixel, shape) = (anchor / Shapes, anchor % Shapes);
        Span<float> difference = stackalloc float[4];
        for (int i = 0; i < 4; i++)
            difference[i] = Deltas.Span[(4 * shape + i) * pixels + pixel];
        return BoxCoder.Proposals.Decode(difference, Anchors[anchor]);
    }
}
