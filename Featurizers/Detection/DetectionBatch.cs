using TransferKit.Graphs;
using TransferKit.Training;

namespace TransferKit.Detection;

/// <summary>Some images with what is in them, padded to one size.</summary>
/// <param name="Values">Images x 3 x height x width.</param>
/// <param name="Shape">The size of all with their padding.</param>
/// <param name="Sizes">Width and height of each without its padding.</param>
/// <param name="GroundTruth">What is in each, in pixels of the resized image.</param>
internal sealed record DetectionBatch(float[] Values, Shape Shape, (int Width, int Height)[] Sizes, LabeledBox[][] GroundTruth) : Batch(Sizes.Length, Values, [], Shape);
