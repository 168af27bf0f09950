namespace TransferKit.Training;

/// <summary>The progress of a pass over the images.</summary>
/// <param name="Pass">The name of the pass: <c>Frozen layers</c>, <c>Teacher</c> or <c>Epoch 3</c>.</param>
/// <param name="Done">The number of images done; each view of an image counts.</param>
/// <param name="Total">The number of all images of the pass; each view of an image counts.</param>
public readonly record struct PassProgress(string Pass, int Done, int Total);
