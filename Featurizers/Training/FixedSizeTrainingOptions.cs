namespace TransferKit.Training;

/// <summary>Options of trainings on images of one size: <see cref="FineTuneOptions"/> and <see cref="DistillationOptions"/>.</summary>
public abstract class FixedSizeTrainingOptions : TrainingOptions
{
    /// <summary>The parameter of mixup's beta distribution (arXiv:1710.09412), from 0 to 2; 0 for no mixup.</summary>
    public double Mixup { get; set; }

    /// <summary>
    /// With augmentation and a frozen network (the frozen layers, or the teacher): the number of augmented views of each image that it
    /// computes. They are used in turn.
    /// </summary>
    public int Views { get; set; } = 8;

    /// <summary>Bytes of the frozen network's outputs that are kept in memory; more are kept in a file in the cache folder.</summary>
    [NotInFingerprint("Cached outputs are the same in memory and in a file.")]
    public long CacheBytes { get; set; } = 2L << 30;

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Require(Mixup is >= 0 and <= 2, $"A mixup of {Mixup} is invalid: it must be from 0 to 2 (0.2 is a good start).");
        Require(Views >= 1, $"{Views} views are invalid: there must be at least 1 (8 is a good start).");
    }
}
