namespace TransferKit.Pipelines.Evaluating;

/// <summary>Two labels that are taken for each other, and how often.</summary>
public sealed record Confused(string Label, string Predicted, int Count, int Of);

/// <summary>Images of which the classifier was about equally sure, and how often it was right.</summary>
/// <param name="Confidence">The mean of the highest probabilities.</param>
/// <param name="Accuracy">The part that is right.</param>
/// <param name="Count">How many there are.</param>
public sealed record CalibrationBin(double Confidence, double Accuracy, int Count);

/// <summary>What an evaluation says beyond its counts.</summary>
public static class Statistics
{
    /// <summary>Wilson's interval of a proportion, at 95 % ("Probable Inference, the Law of Succession, and Statistical Inference", 1927).</summary>
    public static (double Low, double High) Interval(int count, int total)
    {
        if (total == 0)
            return (0, 1);
        const double z = 1.959964;
        double p = (double)count / total, scale = 1 + z * z / total, center = p + z * z / (2 * total), spread = z * Math.Sqrt(p * (1 - p) / total + z * z / (4.0 * total * total));
        return (Math.Max(0, (center - spread) / scale), Math.Min(1, (center + spread) / scale));
    }

    /// <summary>The pairs that are mistaken most often, the worst first.</summary>
    public static IEnumerable<Confused> Pairs(Evaluation evaluation) =>
        from i in Enumerable.Range(0, evaluation.Classes.Count)
        from j in Enumerable.Range(0, evaluation.Classes.Count)
        where i != j && evaluation.Confusion[i][j] > 0
        orderby evaluation.Confusion[i][j] descending, i, j
        select new Confused(evaluation.Classes[i], evaluation.Classes[j], evaluation.Confusion[i][j], evaluation.Confusion[i].Sum());

    /// <summary>Whether each image's scores are probabilities: none below 0, and 1 together.</summary>
    public static bool AreProbabilities(Evaluation evaluation) =>
        evaluation.Images.Count > 0 && evaluation.Images.All(i => i.Scores.All(s => s >= 0) && Math.Abs(i.Scores.Sum() - 1) < 1e-3);

    /// <summary>How wrong the classifier is about each image: by how much another label's score is above the true one's, below 0 where it is right.</summary>
    public static IEnumerable<(EvaluatedImage Image, double Margin)> Margins(Evaluation evaluation)
    {
        var places = evaluation.Labels.Select((label, i) => (label, i)).ToDictionary(p => p.label, p => p.i);
        return evaluation.Images.Select(image => (image, places.TryGetValue(image.Label, out int truth)
            ? image.Scores.Where((_, i) => i != truth).DefaultIfEmpty(0).Max() - image.Scores[truth] : double.PositiveInfinity));
    }

    /// <summary>The reliability diagram's bins of equal width (Guo et al. 2017, arXiv:1706.04599).</summary>
    public static CalibrationBin[] Calibration(Evaluation evaluation, int bins = 10) =>
    [
        .. from image in evaluation.Images
           let confidence = (double)image.Scores.Max()
           group (confidence, Right: image.Label == image.Predicted) by Math.Min(bins - 1, (int)(confidence * bins)) into bin
           orderby bin.Key
           select new CalibrationBin(bin.Average(b => b.confidence), bin.Average(b => b.Right ? 1.0 : 0), bin.Count()),
    ];

    /// <summary>How far confidence and accuracy are apart, over all bins: the expected calibration error.</summary>
    public static double CalibrationError(IReadOnlyList<CalibrationBin> bins) =>
        bins.Sum(b => b.Count * Math.Abs(b.Confidence - b.Accuracy)) / bins.Sum(b => b.Count);
}
