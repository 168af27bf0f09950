namespace TransferKit.Detection;

/// <summary>A thing that a person has marked in an image.</summary>
/// <param name="Box">Where, in pixels of the image.</param>
/// <param name="Label">What: a class counted from 1.</param>
public readonly record struct LabeledBox(Box Box, int Label);
