namespace TransferKit.Detection;

/// <summary>A thing found in an image.</summary>
/// <param name="Box">Where, in pixels of the image.</param>
/// <param name="Label">What: a class counted from 1, as in the weights; 0 is for nothing.</param>
/// <param name="Score">How likely, from 0 to 1.</param>
public readonly record struct Detection(Box Box, int Label, float Score);
