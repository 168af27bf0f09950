using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>An image with its class.</summary>
/// <param name="Image">The image.</param>
/// <param name="Label">The number of the class, counted from 0.</param>
public readonly record struct Example(ImageSource Image, int Label);
