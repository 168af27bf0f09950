using TransferKit.Maps;

namespace TransferKit.Pipelines.Explaining;

/// <summary>The class-activation map of an image for a label.</summary>
/// <param name="Label">The label.</param>
/// <param name="Score">The model's score for the label, as in its <c>Score</c> column.</param>
/// <param name="Map">The map, with a value from 0 to 1 for each pixel of the image.</param>
public sealed record ImageExplanation(string Label, float Score, ActivationMap Map);
