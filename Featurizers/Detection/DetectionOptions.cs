using TransferKit.Images;
using TransferKit.Training;

namespace TransferKit.Detection;

/// <summary>How a detector is fine-tuned.</summary>
public class DetectionOptions : TrainingOptions
{
    /// <summary>All of the network but the first two stages, with mirrored, scaled and recoloured images.</summary>
    public DetectionOptions()
    {
        (Backbone, Mode, Epoch, BatchSize, LearningRate, ClipNorm) = ("mobilenet_v2", FineTuneMode.AllLayers, 12, 4, 3e-4, 5);
        Augmentation = Augmentation.None with { Flip = 0.5, Brightness = 0.2, Contrast = 0.2, Saturation = 0.2 };
    }

    /// <summary>One of torchvision's detectors by its name, which begins with its weights; null for a new one over <see cref="TrainingOptions.Backbone"/>.</summary>
    public string? Detector { get; set; }

    /// <summary>The length the shorter side of images is resized to, in pixels; null for the detector's own.</summary>
    public int? MinSize { get; set; }

    /// <summary>The length the longer side may have, in pixels; null for the detector's own.</summary>
    public int? MaxSize { get; set; }

    /// <summary>How much larger or smaller images are shown at random, as a part of themselves.</summary>
    public double ScaleJitter { get; set; } = 0.25;

    /// <summary>How many stages of the backbone, from the images on, stay as they are.</summary>
    public int FrozenStages { get; set; } = 2;

    /// <summary>Anchors of an image that a step learns from.</summary>
    public int AnchorsPerImage { get; set; } = 256;

    /// <summary>Proposals of an image that a step learns from; 512 is usual where images are full of things.</summary>
    public int ProposalsPerImage { get; set; } = 128;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        var detector = Architecture();
        if (!(detector.Transform.MinSize >= 32 && detector.Transform.MaxSize >= detector.Transform.MinSize))
            throw new ArgumentException($"Images of at least {detector.Transform.MinSize} and at most {detector.Transform.MaxSize} pixels are impossible: 32 or more, and no less.");
        if (!(ScaleJitter is >= 0 and < 1))
            throw new ArgumentException($"A scale jitter of {ScaleJitter} is impossible: from 0 to below 1; 0.25 is usual.");
        if (Mode != FineTuneMode.AllLayers || FreezeEpochs > 0 || FindLearningRate || Mixup > 0 || LabelSmoothing > 0 || BalanceClasses)
            throw new ArgumentException("A detector learns as a whole, but for its frozen stages: other modes, frozen epochs, a search for the learning rate, mixup, label smoothing and class weights are not for it.");
        if (AnchorsPerImage < 1 || ProposalsPerImage < 1)
            throw new ArgumentException($"{AnchorsPerImage} anchors and {ProposalsPerImage} proposals of an image are impossible: 1 or more of each; 256 and 128 are usual.");
        if (FrozenStages < 0 || FrozenStages > 5)
            throw new ArgumentException($"{FrozenStages} frozen stages are impossible: from 0 to 5.");
    }

    internal FasterRcnn Architecture()
    {
        var detector = Detector is null ? Detectors.WithBackbone(Backbone, Weights) : Detectors.Get(Detector);
        var transform = detector.Transform;
        return detector with { Transform = transform with { MinSize = MinSize ?? transform.MinSize, MaxSize = MaxSize ?? transform.MaxSize } };
    }
}
