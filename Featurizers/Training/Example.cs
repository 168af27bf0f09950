using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>An image with its class, counted from 0.</summary>
public readonly record struct Example(ImageSource Image, int Label);
