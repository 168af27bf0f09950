namespace TransferKit.Detection;

/// <summary>Selects the detections of an image among its classified proposals (Ren et al. 2015, arXiv:1506.01497).</summary>
/// <param name="ScoreThreshold">The probability that a detection must exceed, from 0 to 1.</param>
/// <param name="NmsThreshold">The highest IoU of two detections of the same class, from 0 to 1.</param>
/// <param name="MaxDetections">The largest number of detections in an image.</param>
public sealed record DetectionSelection(float ScoreThreshold = 0.05f, float NmsThreshold = 0.5f, int MaxDetections = 100)
{
    private const float MinSize = 1e-2f;

    /// <summary>Selects the detections; those with the highest scores come first.</summary>
    /// <param name="proposals">The proposals.</param>
    /// <param name="outputs">The box head's outputs for each proposal: a logit for each class, then four box deltas for each class.</param>
    /// <param name="height">The image's height without padding.</param>
    /// <param name="width">The image's width without padding.</param>
    internal Detection[] Select(IReadOnlyList<Box> proposals, ReadOnlySpan<float> outputs, int height, int width)
    {
        var candidates = new List<Detection>();
        int classes = proposals.Count == 0 ? 0 : outputs.Length / proposals.Count / DetectionHeads.OutputsPerClass;
        int outputCount = classes * DetectionHeads.OutputsPerClass;
        float[] probabilities = new float[classes];
        for (int i = 0; i < proposals.Count; i++)
        {
            var output = outputs.Slice(i * outputCount, outputCount);
            VectorMath.Softmax(output[..classes], probabilities);
            // Label 0 is the background.
            for (int label = 1; label < classes; label++)
            {
                // The comparison is negated so that NaN is skipped too.
                if (!(probabilities[label] > ScoreThreshold))
                    continue;
                var deltas = output.Slice(classes + 4 * label, 4);
                var box = BoxCoder.Detections.Decode(deltas, proposals[i]).Clip(width, height);
                if (box.Width >= MinSize && box.Height >= MinSize)
                    candidates.Add(new(box, label, probabilities[label]));
            }
        }
        Box[] boxes = [.. candidates.Select(c => c.Box)];
        float[] scores = [.. candidates.Select(c => c.Score)];
        int[] labels = [.. candidates.Select(c => c.Label)];
        return [.. NonMaximumSuppression.Keep(boxes, scores, NmsThreshold, labels, MaxDetections).Select(i => candidates[i])];
    }
}
