using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>Options of fine-tuning a network to classify images.</summary>
public class FineTuneOptions : FixedSizeTrainingOptions
{
    /// <summary>Replaces the preprocessing of the weights; null to keep it.</summary>
    public Preprocessing? Preprocessing { get; set; }

    /// <summary>Which layers are trained.</summary>
    public FineTuneMode Mode { get; set; } = FineTuneMode.LastLayer;

    /// <summary>
    /// With <see cref="FineTuneMode.LastLayers"/>: the first node or block that is trained; null to go by <see cref="Stages"/>.
    /// </summary>
    public string? From { get; set; }

    /// <summary>
    /// With <see cref="FineTuneMode.LastLayers"/>: the number of stages that are trained, counted from the network's end. Each block of a
    /// transformer is a stage; see <see cref="Engines.Stages.StageEnds"/>.
    /// </summary>
    public int Stages { get; set; } = 1;

    /// <summary>The number of first epochs that train only the last layer, before the other layers of the mode are unfrozen.</summary>
    public int FreezeEpochs { get; set; }

    /// <summary>
    /// Stochastic depth (drop path, arXiv:1603.09382): the probability of leaving out the branch of the last residual block for an image in
    /// training, from 0 to below 1; it grows with depth. Null for what the network itself has, as ConvNeXt and EfficientNet do.
    /// </summary>
    public double? DropPath { get; set; }

    /// <summary>The probability that is spread evenly over all classes (label smoothing, arXiv:1512.00567), from 0 to below 1.</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>Whether the loss weighs classes inversely to their number of images, so that all classes count the same.</summary>
    public bool BalanceClasses { get; set; }

    /// <summary>Receives messages of one line, such as that the last layer of the weights is left out.</summary>
    [NotInFingerprint("It only observes the training.")]
    public Action<string>? MessageCallback { get; set; }

    private protected override double DefaultLearningRate =>
        Mode is FineTuneMode.LastLayer or FineTuneMode.AddedLayer ? 3e-3 : base.DefaultLearningRate;

    private protected override int? InputSize => Preprocessing?.Crop;

    /// <inheritdoc/>
    public override void Validate()
    {
        Preprocessing?.Validate();
        RequireDefined(Mode, "fine-tuning mode");
        base.Validate();
        Require(From is null || Mode == FineTuneMode.LastLayers,
            $"Training from the node '{From}' on is invalid with the mode {Mode}: set the mode LastLayers.");
        if (Mode == FineTuneMode.LastLayers)
        {
            var graph = Backbone.Build(size: InputSize);
            _ = From is not null ? graph.Find(From) : graph.BeforeLastStages(Stages);
        }
        Require(FreezeEpochs >= 0 && FreezeEpochs < Epoch,
            $"{FreezeEpochs} epochs with frozen layers are invalid: there must be at least 0 and fewer than all {Epoch} epochs.");
        Require(FreezeEpochs == 0 || Mode is FineTuneMode.LastLayers or FineTuneMode.AllLayers,
            $"{FreezeEpochs} epochs with frozen layers are invalid with the mode {Mode}: set the mode LastLayers or AllLayers.");
        if (DropPath is { } rate)
        {
            Require(Mode is FineTuneMode.LastLayers or FineTuneMode.AllLayers,
                $"A drop path rate of {rate} is invalid with the mode {Mode}: set the mode LastLayers or AllLayers.");
            Backbone.Build(size: InputSize).WithDropPath(rate);
        }
        Require(LabelSmoothing is >= 0 and < 1,
            $"A label smoothing of {LabelSmoothing} is invalid: it must be at least 0 and below 1 (0.1 is a good start).");
    }
}
