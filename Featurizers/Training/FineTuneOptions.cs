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
    /// With <see cref="FineTuneMode.LastLayers"/>: the number of stages that are trained, counted from the network's end.
    /// </summary>
    public int Stages { get; set; } = 1;

    /// <summary>The number of first epochs that train only the last layer, before the other layers of the mode are unfrozen.</summary>
    public int FreezeEpochs { get; set; }

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
        Require(LabelSmoothing is >= 0 and < 1,
            $"A label smoothing of {LabelSmoothing} is invalid: it must be at least 0 and below 1 (0.1 is a good start).");
    }
}
