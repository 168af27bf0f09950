namespace TransferKit.Detection;

/// <summary>An object that a detector found in an image.</summary>
/// <param name="Box">The box, in pixels of the image.</param>
/// <param name="Label">The class, counted from 1; 0 is the background.</param>
/// <param name="Score">The probability of the class, from 0 to 1.</param>
public readonly record struct Detection(Box Box, int Label, float Score);
