using TransferKit.Graphs;
using TransferKit.Training;

namespace TransferKit.Detection;

/// <summary>A batch of images with their ground truth, padded to one size.</summary>
/// <param name="Values">The normalized pixels: images x 3 x height x width.</param>
/// <param name="Shape">The shape of each image with its padding.</param>
/// <param name="Sizes">Width and height of each image without its padding.</param>
/// <param name="GroundTruth">The labeled boxes of each image, in pixels of the resized image.</param>
internal sealed record DetectionBatch(float[] Values, Shape Shape, (int Width, int Height)[] Sizes, LabeledBox[][] GroundTruth)
    : Batch(Sizes.Length, Values, [], Shape);
