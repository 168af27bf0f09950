namespace TransferKit.Pipelines.Serving;

/// <summary>The result of classifying an image.</summary>
/// <param name="Label">The label with the highest score.</param>
/// <param name="Scores">All labels with their scores, which are probabilities or decision values; the highest comes first.</param>
/// <param name="Features">The image's feature vector; empty where the model has none.</param>
/// <param name="Generation">The <see cref="ImageClassifier.Generation"/> of the model that classified the image.</param>
public sealed record ImageClassification(
    string Label, IReadOnlyList<LabelScore> Scores, ReadOnlyMemory<float> Features, int Generation);
