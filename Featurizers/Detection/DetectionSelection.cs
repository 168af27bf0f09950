namespace TransferKit.Detection;

/// <summary>Which classified boxes become detections (Ren et al. 2015, arXiv:1506.01497).</summary>
/// <param name="Score">The lowest probability of the class, from 0 to 1.</param>
/// <param name="Overlap">The highest intersection over union with a likelier box of the same class, from 0 to 1.</param>
/// <param name="Most">How many of an image at most.</param>
public sealed record DetectionSelection(float Score = 0.05f, float Overlap = 0.5f, int Most = 100)
{
    private const float Smallest = 1e-2f;

    /// <summary>The detections, the likeliest first.</summary>
    /// <param name="proposals">The boxes that were classified.</param>
    /// <param name="results">For each a logit for each class, then four deltas for each class.</param>
    /// <param name="height">The image's height, without padding.</param>
    /// <param name="width">The image's width, without padding.</param>
    internal Detection[] Choose(IReadOnlyList<Box> proposals, ReadOnlySpan<float> results, int height, int width)
    {
        var found = new List<Detection>();
        int classes = proposals.Count == 0 ? 0 : results.Length / proposals.Count / 5;
        float[] probabilities = new float[classes];
        for (int i = 0; i < proposals.Count; i++)
        {
            var own = results.Slice(i * 5 * classes, 5 * classes);
            VectorMath.Softmax(own[..classes], probabilities);
            for (int label = 1; label < classes; label++)
            {
                if (!(probabilities[label] > Score))
                    continue;
                var box = BoxCoder.Detections.Decode(own.Slice(classes + 4 * label, 4), proposals[i]).Within(width, height);
                if (box.Width >= Smallest && box.Height >= Smallest)
                    found.Add(new(box, label, probabilities[label]));
            }
        }
        int[] kept = NonMaximumSuppression.Keep([.. found.Select(f => f.Box)], [.. found.Select(f => f.Score)], Overlap, [.. found.Select(f => f.Label)], Most);
        return [.. kept.Select(i => found[i])];
    }
}
