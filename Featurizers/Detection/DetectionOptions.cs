using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Training;

namespace TransferKit.Detection;

/// <summary>Options of fine-tuning an object detector.</summary>
public class DetectionOptions : TrainingOptions
{
    /// <summary>
    /// Creates options to train all layers but the backbone's first two stages, on mirrored, scaled and recolored images.
    /// </summary>
    public DetectionOptions()
    {
        (Backbone, Epoch, BatchSize, LearningRate, ClipNorm) = ("mobilenet_v2", 12, 4, 3e-4, 5);
        Augmentation = WithoutCrops(Augmentation.Light);
    }

    /// <summary>
    /// The name of one of torchvision's detectors, whose weights are the initial ones; null for a new detector on
    /// <see cref="TrainingOptions.Backbone"/>.
    /// </summary>
    public string? Detector { get; set; }

    /// <summary>The size that the shorter side of images is resized to, in pixels, at least 32; null for the detector's own.</summary>
    public int? MinSize { get; set; }

    /// <summary>The largest size of the longer side, in pixels, at least <see cref="MinSize"/>; null for the detector's own.</summary>
    public int? MaxSize { get; set; }

    /// <summary>Random scale: images are resized by a factor of at most this much above or below 1, from 0 to below 1.</summary>
    public double ScaleJitter { get; set; } = 0.25;

    /// <summary>The number of first stages of the backbone that are not trained.</summary>
    public int FrozenStages { get; set; } = 2;

    /// <summary>The number of anchors per image that are sampled for the loss of the region proposal network.</summary>
    public int AnchorsPerImage { get; set; } = 256;

    /// <summary>
    /// The number of proposals per image that are sampled for the loss of the box head; 512 is usual for images with many objects.
    /// </summary>
    public int ProposalsPerImage { get; set; } = 128;

    /// <summary>
    /// The part of an augmentation that training a detector uses: flip, brightness, contrast, saturation and hue. Boxes are flipped with
    /// the image; <see cref="ScaleJitter"/> changes its size.
    /// </summary>
    /// <param name="augmentation">An augmentation for classification.</param>
    public static Augmentation WithoutCrops(Augmentation augmentation)
    {
        ArgumentNullException.ThrowIfNull(augmentation);
        return new()
        {
            Flip = augmentation.Flip,
            Brightness = augmentation.Brightness,
            Contrast = augmentation.Contrast,
            Saturation = augmentation.Saturation,
            Hue = augmentation.Hue,
        };
    }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        var detector = Architecture();
        var (minSize, maxSize) = (detector.Transform.MinSize, detector.Transform.MaxSize);
        Require(minSize >= 32, $"A minimum size of {minSize} pixels is invalid: it must be at least 32 (320 is a good start).");
        Require(maxSize >= minSize, $"A maximum size of {maxSize} pixels is invalid: it must be at least the minimum size of {minSize}.");
        Require(ScaleJitter is >= 0 and < 1,
            $"A scale jitter of {ScaleJitter} is invalid: it must be at least 0 and below 1 (0.25 is a good start).");
        Require(AnchorsPerImage >= 1, $"{AnchorsPerImage} anchors per image are invalid: there must be at least 1 (256 is a good start).");
        Require(ProposalsPerImage >= 1,
            $"{ProposalsPerImage} proposals per image are invalid: there must be at least 1 (128 is a good start).");
        int stages = StageEnds(detector).Count - 1;
        Require(FrozenStages >= 0 && FrozenStages <= stages,
            $"{FrozenStages} frozen stages are invalid: this detector has 0 to {stages} (2 is a good start).");
        Require(Augmentation == WithoutCrops(Augmentation),
            "An augmentation that crops, rotates, erases or combines operations is invalid for detectors: only flip, brightness, contrast, "
            + $"saturation and hue may be set. {nameof(DetectionOptions)}.{nameof(WithoutCrops)} removes the rest.");
    }

    /// <summary>The detector's architecture.</summary>
    internal FasterRcnn Architecture()
    {
        var detector = Detector is null ? Detectors.WithBackbone(Backbone, Weights) : Detectors.Get(Detector);
        var transform = detector.Transform;
        transform = transform with { MinSize = MinSize ?? transform.MinSize, MaxSize = MaxSize ?? transform.MaxSize };
        return detector with { Transform = transform };
    }

    /// <summary>The keys of the parameters in the frozen stages.</summary>
    internal IReadOnlyList<string> FrozenParameters(Graph detector)
    {
        if (FrozenStages == 0)
            return [];
        var frozen = detector.Until(detector.StageEnds()[FrozenStages].Name);
        return [.. frozen.State.Where(s => !s.Parameter.IsBuffer).Select(s => s.Key)];
    }

    // The first is the input.
    private static IReadOnlyList<Node> StageEnds(FasterRcnn detector) => detector.Build(256, 256, detector.Classes).StageEnds();
}
