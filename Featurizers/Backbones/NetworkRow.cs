namespace TransferKit.Backbones;

/// <summary>A row of a <see cref="NetworkTable"/>: the key facts of a network.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Pixels">The default width and height of its input images, in pixels.</param>
/// <param name="Parameters">The number of its parameters, with those of auxiliary classifiers.</param>
/// <param name="Macs">The number of multiply-accumulates for one image of this size.</param>
/// <param name="FeatureWidth">The number of its features.</param>
/// <param name="Weights">Its published weights.</param>
/// <param name="Paper">The paper that describes it.</param>
public sealed record NetworkRow(string Name, int Pixels, long Parameters, long Macs, int FeatureWidth,
    IReadOnlyList<PublishedWeights> Weights, string Paper);

/// <summary>Published weights in a <see cref="NetworkTable"/>.</summary>
/// <param name="Tag">Their tag.</param>
/// <param name="Acc1">The published top-1 accuracy on ImageNet's validation images in percent; null if there is none.</param>
/// <param name="License">Their license, where it limits their use; null where it does not.</param>
public sealed record PublishedWeights(string Tag, double? Acc1, string? License = null);
