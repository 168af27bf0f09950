namespace TransferKit.Pipelines.Evaluating;

/// <summary>Computes statistics of an evaluation: confused pairs, margins and calibration.</summary>
public static class Statistics
{
    /// <summary>Lists the pairs of classes that are confused, the most frequent first.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static IEnumerable<ConfusedPair> MostConfused(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        var (classes, counts) = (evaluation.Classes, evaluation.Confusion);
        return from i in Enumerable.Range(0, classes.Count)
               from j in Enumerable.Range(0, classes.Count)
               where i != j && counts[i][j] > 0
               orderby counts[i][j] descending, i, j
               select new ConfusedPair(classes[i], classes[j], counts[i][j], counts[i].Sum());
    }

    /// <summary>Whether the scores of each image are probabilities: none is negative, and their sum is 1.</summary>
    /// <param name="evaluation">The evaluation.</param>
    public static bool AreProbabilities(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return evaluation.Images.Count > 0 && evaluation.Images.All(i => AreProbabilities(i.Scores));
    }

    /// <summary>Whether the scores of an image are probabilities: none is negative, and their sum is 1.</summary>
    /// <param name="scores">The scores.</param>
    internal static bool AreProbabilities(IEnumerable<float> scores) => scores.All(s => s >= 0) && Math.Abs(scores.Sum() - 1) < 1e-3;

    /// <summary>
    /// Computes for each image by how much the highest score of a wrong label exceeds the score of the true label: negative for a correct
    /// prediction, infinite where the classifier does not know the true label.
    /// </summary>
    /// <param name="evaluation">The evaluation.</param>
    public static IEnumerable<(EvaluatedImage Image, double Margin)> Margins(Evaluation evaluation)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        var indices = evaluation.Labels.Index().ToDictionary(l => l.Item, l => l.Index);
        return evaluation.Images.Select(image => (image, Margin(image, indices)));
    }

    /// <summary>Computes the bins of a reliability diagram, of equal width (Guo et al. 2017, arXiv:1706.04599).</summary>
    /// <param name="evaluation">The evaluation of a classifier that gives probabilities.</param>
    /// <param name="bins">The number of bins; empty ones are left out.</param>
    public static CalibrationBin[] Calibration(Evaluation evaluation, int bins = 10)
    {
        ArgumentNullException.ThrowIfNull(evaluation);
        return
        [
            .. from image in evaluation.Images
               let confidence = (double)image.Scores.Max()
               group (confidence, IsCorrect: image.Label == image.Predicted) by Math.Min(bins - 1, (int)(confidence * bins)) into bin
               orderby bin.Key
               select new CalibrationBin(bin.Average(i => i.confidence), bin.Average(i => i.IsCorrect ? 1.0 : 0), bin.Count()),
        ];
    }

    /// <summary>Computes the expected calibration error: the mean difference of confidence and accuracy over all images.</summary>
    /// <param name="bins">The bins of a reliability diagram.</param>
    public static double CalibrationError(IReadOnlyList<CalibrationBin> bins) =>
        bins.Sum(b => b.Count * Math.Abs(b.Confidence - b.Accuracy)) / bins.Sum(b => b.Count);

    private static double Margin(EvaluatedImage image, Dictionary<string, int> indices) =>
        indices.TryGetValue(image.Label, out int label)
            ? image.Scores.Where((_, i) => i != label).DefaultIfEmpty(0).Max() - image.Scores[label]
            : double.PositiveInfinity;
}
