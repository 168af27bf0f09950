using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>How a network is fine-tuned.</summary>
public class TrainingOptions
{
    /// <summary>The name of the file in <see cref="WorkspacePath"/> that the state of a training is kept in.</summary>
    public const string CheckpointName = "last.ckpt";

    /// <summary>The architecture: a name that <c>transferkit models</c> lists, or a <see cref="Backbones.Backbone"/> of your own.</summary>
    public Backbone Backbone { get; set; } = Registry.Default;

    /// <summary>A tag, a path to a .pth or .safetensors file, or <c>none</c> to train from scratch; null for those that come with TransferKit, else the best published.</summary>
    public string? Weights { get; set; }

    /// <summary>Instead of the preprocessing that belongs to the weights.</summary>
    public Preprocessing? Preprocessing { get; set; }

    /// <summary>How much is trained.</summary>
    public FineTuneMode Mode { get; set; } = FineTuneMode.LastLayer;

    /// <summary>With <see cref="FineTuneMode.LastLayers"/>: the first node or block that is trained; null for <see cref="Stages"/>.</summary>
    public string? From { get; set; }

    /// <summary>With <see cref="FineTuneMode.LastLayers"/>: how many stages are trained.</summary>
    public int Stages { get; set; } = 1;

    /// <summary>Passes over the training images.</summary>
    public int Epoch { get; set; } = 20;

    /// <summary>How many of these train the last layer only, before the rest is unfrozen.</summary>
    public int FreezeEpochs { get; set; }

    /// <summary>Images of a step.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>The highest learning rate; null for one that suits the mode and the optimizer.</summary>
    public double? LearningRate { get; set; }

    /// <summary>Whether to look for a learning rate first, for each phase of the training.</summary>
    public bool FindLearningRate { get; set; }

    /// <summary>What the rate of each stage is of the next one's; below 1, earlier layers change less.</summary>
    public double LayerDecay { get; set; } = 1;

    /// <summary>The rule that turns gradients into steps.</summary>
    public OptimizerKind Optimizer { get; set; } = OptimizerKind.AdamW;

    /// <summary>The momentum of <see cref="OptimizerKind.Sgd"/>.</summary>
    public double Momentum { get; set; } = 0.9;

    /// <summary>Weight decay, of everything but normalizations and biases; null for 0.01 with AdamW and 0.0001 with SGD.</summary>
    public double? WeightDecay { get; set; }

    /// <summary>The course of the learning rate.</summary>
    public ScheduleKind Schedule { get; set; } = ScheduleKind.Cosine;

    /// <summary>The part of the steps in which the rate rises from nothing.</summary>
    public double WarmUpFraction { get; set; } = 0.05;

    /// <summary>The part of the probability that is spread over all classes (arXiv:1512.00567).</summary>
    public double LabelSmoothing { get; set; }

    /// <summary>The parameter of mixup's beta distribution (arXiv:1710.09412); 0 for none.</summary>
    public double Mixup { get; set; }

    /// <summary>Whether images of rare classes count for more, so that all classes weigh the same.</summary>
    public bool BalanceClasses { get; set; }

    /// <summary>The largest norm of the gradient of all parameters together; longer ones are shortened. 0 for no limit.</summary>
    public double ClipNorm { get; set; } = 1;

    /// <summary>When to end the training before its last epoch; null for never.</summary>
    public EarlyStopping? EarlyStoppingCriteria { get; set; }

    /// <summary>The decay of a moving average of the weights, which is then what is tested and kept; 0 for none.</summary>
    public double EmaDecay { get; set; }

    /// <summary>Whether batch normalization learns the statistics of these images; null: only when training from scratch.</summary>
    public bool? UpdateStatistics { get; set; }

    /// <summary>Random changes of the training images.</summary>
    public Augmentation Augmentation { get; set; } = Augmentation.None;

    /// <summary>With augmentation and a frozen part: how many changed views of each image are computed, to be used in turn.</summary>
    public int Views { get; set; } = 8;

    /// <summary>Bytes up to which the frozen part's results are kept in memory; beyond, in a file in the cache folder.</summary>
    public long CacheBytes { get; set; } = 2L << 30;

    /// <summary>Where the trained part runs: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>Whether layers compute in bfloat16, with weights in single precision; null: on GPUs only.</summary>
    public bool? MixedPrecision { get; set; }

    /// <summary>Images decoded at the same time; null for one each processor.</summary>
    public int? Threads { get; set; }

    /// <summary>Of everything random; the same seed gives the same weights on a CPU.</summary>
    public int Seed { get; set; } = 1;

    /// <summary>A folder in which the state of the training is kept after each epoch, or null.</summary>
    public string? WorkspacePath { get; set; }

    /// <summary>Whether to go on from the state that <see cref="WorkspacePath"/> holds, if any.</summary>
    public bool Resume { get; set; }

    /// <summary>Told what each epoch gave.</summary>
    public IProgress<EpochMetrics>? EpochProgress { get; set; }

    /// <summary>Told how far a pass over the images is.</summary>
    public IProgress<PassProgress>? Progress { get; set; }

    /// <summary>Told the bytes of a download, done and in all (0 where unknown).</summary>
    public IProgress<(long Done, long Total)>? DownloadProgress { get; set; }

    /// <summary>Whether the best epoch is that of the lowest loss of the validation images, and not of the highest accuracy.</summary>
    internal virtual bool ChoosesByLoss => false;

    internal string? Checkpoint => WorkspacePath is null ? null : Path.Combine(WorkspacePath, CheckpointName);

    /// <summary>A copy, which later changes of this object do not reach.</summary>
    public TrainingOptions Copy() => (TrainingOptions)MemberwiseClone();

    /// <summary>The highest learning rate, as given or as it suits the rest.</summary>
    public double Rate => LearningRate
        ?? (Mode is FineTuneMode.LastLayer or FineTuneMode.AddedLayer || Weights == Pretrained.None ? 3e-3 : 5e-4) * (Optimizer == OptimizerKind.Sgd ? 10 : 1);

    /// <summary>The weight decay, as given or as it suits the optimizer.</summary>
    public double Decay => WeightDecay ?? (Optimizer == OptimizerKind.Sgd ? 1e-4 : 0.01);

    /// <summary>Checks everything that can be checked without weights.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message quotes it and says what would be right.</exception>
    public virtual void Validate()
    {
        Preprocessing?.Validate();
        Augmentation.Validate();
        EarlyStoppingCriteria?.Validate();
        var graph = Backbone.Build(size: Preprocessing?.Crop);
        if (From is not null)
            graph.Find(From);
        else if (Mode == FineTuneMode.LastLayers)
            graph.BeforeLastStages(Stages);
        Require(From is null || Mode == FineTuneMode.LastLayers, $"The node '{From}' to train from goes with the mode LastLayers, not with {Mode}.");
        Require(Enum.IsDefined(Mode) && Enum.IsDefined(Optimizer) && Enum.IsDefined(Schedule), $"There is no {Mode} with {Optimizer} and {Schedule}.");
        Require(Epoch >= 1, $"{Epoch} epochs are impossible; 20 is a good start.");
        Require(FreezeEpochs >= 0 && FreezeEpochs < Epoch, $"{FreezeEpochs} of {Epoch} epochs with frozen layers are impossible: from 0 to below all.");
        Require(FreezeEpochs == 0 || Mode is FineTuneMode.LastLayers or FineTuneMode.AllLayers, $"{FreezeEpochs} epochs with frozen layers go with the modes LastLayers and AllLayers, not with {Mode}.");
        Require(BatchSize >= 2, $"A batch of {BatchSize} images is impossible: 2 or more; 32 is usual.");
        Require(Rate > 0 && double.IsFinite(Rate), $"A learning rate of {LearningRate} is impossible: it must be above 0; 0.0005 is usual.");
        Require(LayerDecay > 0 && LayerDecay <= 1, $"A stage rate of {LayerDecay} is impossible: from above 0 to 1; 0.5 is usual.");
        Require(Momentum >= 0 && Momentum < 1, $"A momentum of {Momentum} is impossible: from 0 to below 1; 0.9 is usual.");
        Require(Decay >= 0, $"A weight decay of {WeightDecay} is impossible: 0 or more.");
        Require(WarmUpFraction >= 0 && WarmUpFraction < 1, $"A warm-up of {WarmUpFraction} of the steps is impossible: from 0 to below 1.");
        Require(LabelSmoothing >= 0 && LabelSmoothing < 1, $"A label smoothing of {LabelSmoothing} is impossible: from 0 to below 1; 0.1 is usual.");
        Require(Mixup is >= 0 and <= 2, $"A mixup of {Mixup} is impossible: from 0 to 2; 0.2 is usual.");
        Require(ClipNorm >= 0, $"A largest gradient of {ClipNorm} is impossible: above 0, or 0 for no limit.");
        Require(EmaDecay >= 0 && EmaDecay < 1, $"An average with decay {EmaDecay} is impossible: from 0 to below 1; 0.99 is usual.");
        Require(Views >= 1, $"{Views} views are impossible: 1 or more.");
        Require(Threads is null or >= 1, $"{Threads} threads are impossible; leave it out for one each processor.");
        Require(!Resume || WorkspacePath is not null, "To resume, the workspace that holds the state is needed.");
    }

    private static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }
}
