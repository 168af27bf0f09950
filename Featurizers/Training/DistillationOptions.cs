using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>How a network, the student (<see cref="TrainingOptions.Backbone"/>), learns to give what another, the teacher, gives.</summary>
public sealed class DistillationOptions : TrainingOptions
{
    /// <summary>A student that is trained from scratch on small images, in views that are computed once by the teacher and kept in a file.</summary>
    public DistillationOptions()
    {
        (Backbone, Weights, Mode, BatchSize, Augmentation) = ("mobilenet_v3_small", Backbones.Pretrained.None, FineTuneMode.AllLayers, 128, Augmentation.Light);
        // A run that goes on finds the file where the killed one left it.
        CacheBytes = 0;
    }

    /// <summary>The teacher's architecture, as <c>transferkit models</c> lists it.</summary>
    public string Teacher { get; set; } = "mobilenet_v2";

    /// <summary>A tag or a path to a .pth or .safetensors file; null for the best published.</summary>
    public string? TeacherWeights { get; set; }

    /// <summary>Width and height of the images that the student is shown, in pixels.</summary>
    public int Size { get; set; } = 128;

    /// <summary>Width and height of the images that the teacher is shown, in pixels; null for what it was trained with.</summary>
    public int? TeacherSize { get; set; }

    /// <summary>What logits are divided by before they become probabilities, so that small ones count as well (arXiv:1503.02531).</summary>
    public double Temperature { get; set; } = 2;

    /// <summary>How much the features count beside the probabilities.</summary>
    public double FeatureWeight { get; set; } = 5;

    // The loss is what a student is for; whether its first class is the teacher's says much less of each image.
    internal override bool ChoosesByLoss => true;

    /// <inheritdoc/>
    public override void Validate()
    {
        if (Size < 32 || TeacherSize < 32)
            throw new ArgumentException($"Images of {Size} and {TeacherSize} pixels are impossible: 32 or more.");
        if (!(Temperature > 0) || !(FeatureWeight >= 0))
            throw new ArgumentException($"A temperature of {Temperature} with features that count {FeatureWeight} is impossible: above 0, and 0 or more.");
        if (Mode != FineTuneMode.AllLayers || FreezeEpochs > 0 || BalanceClasses || LabelSmoothing > 0)
            throw new ArgumentException("All of a student learns, without labels: modes, frozen epochs, label smoothing and class weights are not for it.");
        Preprocessing = Preprocessing.ImageNet with { Resize = Size, Crop = Size };
        Backbones.Registry.Get(Teacher);
        base.Validate();
    }
}
