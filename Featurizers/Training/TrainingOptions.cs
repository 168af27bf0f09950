using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Training;

/// <summary>
/// Options that every training has: network and weights, optimization, learning-rate schedule, checkpoints, device and progress. Each task
/// adds its own: <see cref="FineTuneOptions"/>, <see cref="DistillationOptions"/> and <see cref="Detection.DetectionOptions"/>.
/// </summary>
public abstract class TrainingOptions
{
    /// <summary>The name of the checkpoint file in <see cref="WorkspacePath"/>.</summary>
    public const string CheckpointName = "last.ckpt";

    /// <summary>The architecture: a name that <c>transferkit models</c> lists, or a <see cref="Backbones.Backbone"/> of your own.</summary>
    /// <remarks>Default: the one that <see cref="Weights"/> of a hub name, for which they are asked; or else a small one.</remarks>
    public Backbone Backbone { get => field ?? HubBackbone.Of(Weights) ?? Registry.Default; set; }

    /// <summary>
    /// The initial weights: a tag, a path to a .pth or .safetensors file, the run folder of an earlier training or the model.zip in it (its
    /// best.safetensors is read), a repository of Hugging Face's hub (<c>hf:OWNER/NAME</c>), or <c>none</c> to train from scratch. Null for
    /// the bundled weights, or else the best published ones.
    /// </summary>
    public string? Weights { get; set; }

    /// <summary>The number of epochs: passes over the training images.</summary>
    public int Epoch { get; set; } = 20;

    /// <summary>The number of images per training step, at least 2.</summary>
    public int BatchSize { get; set; } = 32;

    /// <summary>The highest learning rate of the schedule; null for a default that suits the task and the optimizer.</summary>
    public double? LearningRate { get; set; }

    /// <summary>Whether to search for a learning rate first (arXiv:1506.01186), in each phase of the training.</summary>
    public bool FindLearningRate { get; set; }

    /// <summary>
    /// Layer-wise learning-rate decay: the learning rate of each stage of the network, or of each block of a transformer, as a fraction of
    /// the next one's. Below 1, earlier layers change less.
    /// </summary>
    public double LayerDecay { get; set; } = 1;

    /// <summary>The optimizer.</summary>
    public OptimizerKind Optimizer { get; set; } = OptimizerKind.AdamW;

    /// <summary>The momentum of <see cref="OptimizerKind.Sgd"/>, from 0 to below 1.</summary>
    public double Momentum { get; set; } = 0.9;

    /// <summary>
    /// The weight decay of all parameters except biases, those of normalization layers and layer scale, tables of positions and learned
    /// tokens; null for 0.01 with AdamW and 0.0001 with SGD.
    /// </summary>
    public double? WeightDecay { get; set; }

    /// <summary>The learning-rate schedule.</summary>
    public ScheduleKind Schedule { get; set; } = ScheduleKind.Cosine;

    /// <summary>The fraction of the steps in which the learning rate rises linearly from zero (warm-up), from 0 to below 1.</summary>
    public double WarmUpFraction { get; set; } = 0.05;

    /// <summary>The largest norm of the gradient of all parameters together; larger gradients are scaled down. 0 for no clipping.</summary>
    public double ClipNorm { get; set; } = 1;

    /// <summary>When to end the training before its last epoch; null for never. Needs validation images.</summary>
    [NotInFingerprint("It only decides after which epoch the training ends.")]
    public EarlyStopping? EarlyStoppingCriteria { get; set; }

    /// <summary>
    /// The decay of an exponential moving average (EMA) of the weights, from 0 to below 1; with an average, it is what is validated and
    /// returned. 0 for none.
    /// </summary>
    public double EmaDecay { get; set; }

    /// <summary>Whether batch normalization updates its running statistics; null: only when training from scratch.</summary>
    public bool? UpdateBatchNormStatistics { get; set; }

    /// <summary>Random changes of the training images.</summary>
    public Augmentation Augmentation { get; set; } = Augmentation.None;

    /// <summary>Whether layers compute in bfloat16 while weights stay in single precision; null: on GPUs only.</summary>
    public bool? MixedPrecision { get; set; }

    /// <summary>
    /// The random seed of new weights, the order of the images and their augmentation. Equal seeds give equal weights on a CPU.
    /// </summary>
    public int Seed { get; set; } = 1;

    /// <summary>The device that trains: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    [NotInFingerprint("An interrupted training may continue on another device.")]
    public string Device { get; set; } = "cpu";

    /// <summary>The number of threads that decode images; null for one per processor.</summary>
    [NotInFingerprint("Images are the same whichever thread decodes them.")]
    public int? Threads { get; set; }

    /// <summary>A folder that keeps a checkpoint of the training after each epoch; null for none.</summary>
    [NotInFingerprint("The checkpoint may be moved.")]
    public string? WorkspacePath { get; set; }

    /// <summary>
    /// Whether to continue from the checkpoint in <see cref="WorkspacePath"/>, if there is one. <see cref="Epoch"/> may be higher than it
    /// was; the learning rate then follows the schedule of all these epochs.
    /// </summary>
    [NotInFingerprint("A resumed training gives the same result as an uninterrupted one.")]
    public bool Resume { get; set; }

    /// <summary>Receives the metrics of each epoch.</summary>
    [NotInFingerprint("It only observes the training.")]
    public IProgress<EpochMetrics>? EpochProgress { get; set; }

    /// <summary>Receives the progress of each pass over the images.</summary>
    [NotInFingerprint("It only observes the training.")]
    public IProgress<PassProgress>? Progress { get; set; }

    /// <summary>Receives the bytes of a download: done, and total (0 where unknown).</summary>
    [NotInFingerprint("It only observes the training.")]
    public IProgress<(long Done, long Total)>? DownloadProgress { get; set; }

    /// <summary>The path of the checkpoint, or null without a workspace.</summary>
    internal string? Checkpoint => WorkspacePath is null ? null : Path.Combine(WorkspacePath, CheckpointName);

    /// <summary>The highest learning rate, as given or by default.</summary>
    internal double EffectiveLearningRate => LearningRate ?? DefaultLearningRate * (Optimizer == OptimizerKind.Sgd ? 10 : 1);

    /// <summary>The weight decay, as given or by default.</summary>
    internal double EffectiveWeightDecay => WeightDecay ?? (Optimizer == OptimizerKind.Sgd ? 1e-4 : 0.01);

    /// <summary>The default learning rate of AdamW.</summary>
    private protected virtual double DefaultLearningRate => Weights == Pretrained.None ? 3e-3 : 5e-4;

    /// <summary>Width and height of the network's input in pixels; null for the backbone's own.</summary>
    private protected virtual int? InputSize => null;

    /// <summary>Copies the options, so that later changes of this object do not affect the copy.</summary>
    public TrainingOptions Copy() => (TrainingOptions)MemberwiseClone();

    /// <summary>Checks everything that can be checked without weights and images. Changes nothing.</summary>
    /// <exception cref="ArgumentException">A value is invalid; the message quotes it and says what would be right.</exception>
    public virtual void Validate()
    {
        Augmentation.Validate();
        EarlyStoppingCriteria?.Validate();
        Backbone.Build(size: InputSize);
        RequireDefined(Optimizer, "optimizer");
        RequireDefined(Schedule, "learning-rate schedule");
        Require(Epoch >= 1, $"{Epoch} epochs are invalid: there must be at least 1 (20 is a good start).");
        Require(BatchSize >= 2, $"A batch size of {BatchSize} is invalid: it must be at least 2 (32 is a good start).");
        Require(EffectiveLearningRate > 0 && double.IsFinite(EffectiveLearningRate),
            $"A learning rate of {LearningRate} is invalid: it must be above 0 (0.0005 is a good start).");
        Require(LayerDecay is > 0 and <= 1,
            $"A layer decay of {LayerDecay} is invalid: it must be above 0 and at most 1 (0.5 is a good start).");
        Require(Momentum is >= 0 and < 1, $"A momentum of {Momentum} is invalid: it must be at least 0 and below 1 (0.9 is a good start).");
        Require(EffectiveWeightDecay >= 0, $"A weight decay of {WeightDecay} is invalid: it must be at least 0 (0.01 is a good start).");
        Require(WarmUpFraction is >= 0 and < 1,
            $"A warm-up fraction of {WarmUpFraction} is invalid: it must be at least 0 and below 1 (0.05 is a good start).");
        Require(ClipNorm >= 0,
            $"A gradient norm limit of {ClipNorm} is invalid: it must be above 0, or 0 for no clipping (1 is a good start).");
        Require(EmaDecay is >= 0 and < 1,
            $"An EMA decay of {EmaDecay} is invalid: it must be at least 0 and below 1 (0.99 is a good start).");
        Require(Threads is null or >= 1, $"{Threads} threads are invalid: there must be at least 1, or null for one per processor.");
        Require(!Resume || WorkspacePath is not null, "Resuming needs a checkpoint: set WorkspacePath to the folder that holds it.");
    }

    private protected static void Require(bool condition, string message)
    {
        if (!condition)
            throw new ArgumentException(message);
    }

    private protected static void RequireDefined<TEnum>(TEnum value, string name) where TEnum : struct, Enum =>
        Require(Enum.IsDefined(value), $"The {name} '{value}' is invalid: it must be one of {string.Join(", ", Enum.GetNames<TEnum>())}.");
}
