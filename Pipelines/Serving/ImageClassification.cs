namespace TransferKit.Pipelines.Serving;

/// <summary>What a served model says of an image.</summary>
/// <param name="Label">The label with the highest score.</param>
/// <param name="Scores">All labels, the best first: the model's <c>Score</c> column, probabilities or decision values.</param>
/// <param name="Features">The image's features; none where the model names none.</param>
/// <param name="Generation">Which loading of the model file said so; see <see cref="ImageClassifier.Generation"/>.</param>
public sealed record ImageClassification(string Label, IReadOnlyList<LabelScore> Scores, ReadOnlyMemory<float> Features, int Generation);

/// <summary>A label and its score.</summary>
public sealed record LabelScore(string Label, float Score);

/// <summary>More images are waiting than the queue takes.</summary>
public sealed class ClassifierBusyException(string message) : Exception(message);
