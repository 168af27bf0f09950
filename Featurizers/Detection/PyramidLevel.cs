namespace TransferKit.Detection;

/// <summary>One map of a detector's feature pyramid: its size for images of one size, and its anchors.</summary>
/// <param name="Height">The height of the map.</param>
/// <param name="Width">The width of the map.</param>
/// <param name="Anchors">The anchors around each pixel of the map.</param>
public sealed record PyramidLevel(int Height, int Width, Anchors Anchors);
