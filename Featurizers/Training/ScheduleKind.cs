namespace TransferKit.Training;

/// <summary>The learning-rate schedule: how the learning rate changes over the steps of a training, after its warm-up.</summary>
public enum ScheduleKind
{
    /// <summary>
    /// One cycle: up in three tenths of the steps, then down to almost zero, both along cosines (arXiv:1708.07120). Has its own warm-up.
    /// </summary>
    OneCycle,

    /// <summary>Down to zero along half a cosine (arXiv:1608.03983).</summary>
    Cosine,

    /// <summary>Multiplied by 0.1 after each third of the steps.</summary>
    Step,

    /// <summary>Constant.</summary>
    Constant,
}
