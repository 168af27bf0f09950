using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>
/// Options of knowledge distillation: a student network (<see cref="TrainingOptions.Backbone"/>) learns to reproduce the outputs of a
/// teacher network.
/// </summary>
public sealed class DistillationOptions : FixedSizeTrainingOptions
{
    /// <summary>Creates options to train a student from scratch on small images; the teacher's outputs are kept in a file.</summary>
    public DistillationOptions()
    {
        (Backbone, Weights, BatchSize, Augmentation) = ("mobilenet_v3_small", Pretrained.None, 128, Augmentation.Light);
        // A resumed training finds the file that an interrupted one has left.
        CacheBytes = 0;
    }

    /// <summary>
    /// The teacher's architecture: a name that <c>transferkit models</c> lists, or a <see cref="Backbones.Backbone"/> of your own.
    /// </summary>
    public Backbone Teacher { get; set; } = "mobilenet_v2";

    /// <summary>
    /// The teacher's weights: a tag, or a path to a .pth or .safetensors file; null for the bundled or best published ones.
    /// </summary>
    public string? TeacherWeights { get; set; }

    /// <summary>The student's input size: width and height in pixels, at least 32.</summary>
    public int Size { get; set; } = 128;

    /// <summary>The teacher's input size: width and height in pixels, at least 32; null for the size it was trained with.</summary>
    public int? TeacherSize { get; set; }

    /// <summary>
    /// The temperature: logits are divided by it before the softmax, so that small probabilities count as well (arXiv:1503.02531).
    /// </summary>
    public double Temperature { get; set; } = 2;

    /// <summary>The weight of the feature loss relative to the loss of the probabilities, at least 0.</summary>
    public double FeatureWeight { get; set; } = 5;

    /// <summary>The student's preprocessing.</summary>
    internal Preprocessing Preprocessing => Preprocessing.ImageNet with { Resize = Size, Crop = Size };

    private protected override int? InputSize => Size;

    /// <inheritdoc/>
    public override void Validate()
    {
        Require(Size >= 32, $"An input size of {Size} pixels is invalid: it must be at least 32 (128 is a good start).");
        Require(TeacherSize is null or >= 32,
            $"A teacher's input size of {TeacherSize} pixels is invalid: it must be at least 32, or null for its own size.");
        Require(Temperature > 0, $"A temperature of {Temperature} is invalid: it must be above 0 (2 is a good start).");
        Require(FeatureWeight >= 0, $"A feature weight of {FeatureWeight} is invalid: it must be at least 0 (5 is a good start).");
        base.Validate();
    }
}
