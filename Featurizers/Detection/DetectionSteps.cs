using TransferKit.Images;

namespace TransferKit.Detection;

/// <summary>
/// The steps of Faster R-CNN before, between and after its two networks, for one input size: preprocessing, proposals, pooling and the
/// selection of detections. <see cref="ObjectDetector"/>, saved models and the validation during training all run these.
/// </summary>
/// <param name="transform">The preprocessing.</param>
/// <param name="height">The height of the network's input in pixels, with padding.</param>
/// <param name="width">The width of the network's input in pixels, with padding.</param>
/// <param name="levels">The maps of the feature pyramid, the largest first.</param>
public sealed class DetectionSteps(DetectionTransform transform, int height, int width, IReadOnlyList<PyramidLevel> levels)
{
    /// <summary>The preprocessing.</summary>
    public DetectionTransform Transform => transform;

    /// <summary>The maps of the feature pyramid, the largest first.</summary>
    public IReadOnlyList<PyramidLevel> Levels => levels;

    /// <summary>The number of channels of the maps.</summary>
    public int Channels { get; init; } = 256;

    /// <summary>The selection of proposals.</summary>
    public ProposalSelection Proposals { get; init; } = new();

    /// <summary>The selection of detections.</summary>
    public DetectionSelection Detections { get; init; } = new();

    /// <summary>The number of values of one pooled proposal: channels x 7 x 7.</summary>
    public int RegionCount => Channels * FasterRcnn.Pooling.Size * FasterRcnn.Pooling.Size;

    /// <summary>The layout of the proposal network's output.</summary>
    internal ProposalLayout Layout => field ??= new(height, width, levels, Channels);

    /// <summary>Resizes, normalizes and pads an image: the input of the proposal network.</summary>
    /// <param name="picture">The image.</param>
    /// <param name="destination">Receives 3 x height x width values.</param>
    public void Preprocess(Picture picture, Memory<float> destination)
    {
        ArgumentNullException.ThrowIfNull(picture);
        transform.Apply(picture, (width, height), destination);
    }

    /// <summary>Selects proposals, in pixels of the resized image; those with the highest objectness come first.</summary>
    /// <param name="outputs">The output vector of the proposal network.</param>
    /// <param name="resized">The size of the resized image, without padding.</param>
    public Box[] Propose(ReadOnlyMemory<float> outputs, (int Width, int Height) resized) =>
        Proposals.Select(Layout.Proposals(outputs[Layout.MapCount..]), resized.Height, resized.Width);

    /// <summary>Pools the features of proposals from the feature pyramid: the input of the box head.</summary>
    /// <param name="outputs">The output vector of the proposal network.</param>
    /// <param name="proposals">The proposals, in pixels of the resized image.</param>
    /// <param name="regions">Receives <see cref="RegionCount"/> values for each proposal.</param>
    public void Pool(ReadOnlyMemory<float> outputs, Box[] proposals, Memory<float> regions)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        Layout.Pool(outputs, proposals, regions);
    }

    /// <summary>Selects detections, in pixels of the resized image; those with the highest scores come first.</summary>
    /// <param name="proposals">The proposals.</param>
    /// <param name="outputs">The box head's outputs for each proposal: a logit for each class, then four box deltas for each class.</param>
    /// <param name="resized">The size of the resized image, without padding.</param>
    public Detection[] Select(IReadOnlyList<Box> proposals, ReadOnlySpan<float> outputs, (int Width, int Height) resized)
    {
        ArgumentNullException.ThrowIfNull(proposals);
        return Detections.Select(proposals, outputs, resized.Height, resized.Width);
    }
}
