namespace TransferKit.Pipelines.Evaluating;

/// <summary>A test image and its prediction.</summary>
/// <param name="File">The image's path; null where the data has no column <c>ImagePath</c>.</param>
/// <param name="Label">The true label.</param>
/// <param name="Predicted">The predicted label.</param>
/// <param name="Scores">One score for each of <see cref="Evaluation.Labels"/>: probabilities or decision values.</param>
/// <param name="Features">The feature vector; null unless <see cref="EvaluationOptions.KeepFeatures"/> is set.</param>
public sealed record EvaluatedImage(string? File, string Label, string Predicted, float[] Scores, float[]? Features);
