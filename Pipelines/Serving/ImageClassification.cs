using TransferKit.Pipelines.Evaluating;

namespace TransferKit.Pipelines.Serving;

/// <summary>The result of classifying an image.</summary>
/// <param name="Label">The predicted label: the one with the highest score.</param>
/// <param name="Scores">
/// All labels with their scores, which are probabilities or decision values; the highest comes first. Empty where the model gives no
/// scores.
/// </param>
/// <param name="Features">The image's feature vector; empty where the model has none.</param>
/// <param name="Generation">The <see cref="ImageClassifier.Generation"/> of the model that classified the image.</param>
public sealed record ImageClassification(
    string Label, IReadOnlyList<LabelScore> Scores, ReadOnlyMemory<float> Features, int Generation)
{
    /// <summary>Whether the scores are probabilities: none is negative, and their sum is 1.</summary>
    public bool HasProbabilities => Statistics.AreProbabilities(Scores.Select(s => s.Score));
}
