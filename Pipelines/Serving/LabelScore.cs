namespace TransferKit.Pipelines.Serving;

/// <summary>A label and its score.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">Its score: a probability or a decision value.</param>
public sealed record LabelScore(string Label, float Score);
