namespace TransferKit.Training;

/// <summary>A checkpoint is of a training with other settings than the one that would resume from it.</summary>
/// <param name="checkpoint">The path of the checkpoint.</param>
/// <param name="changes">The settings that differ, such as <c>LayerDecay: 1, now 0.5</c>.</param>
public sealed class ResumeException(string checkpoint, IReadOnlyList<string> changes) : ArgumentException(
    $"The checkpoint '{checkpoint}' is of a training with other settings ({string.Join("; ", changes)}). "
        + "Resume with the same settings (more epochs are allowed), or remove the file.")
{
    /// <summary>The settings that differ, such as <c>LayerDecay: 1, now 0.5</c>.</summary>
    public IReadOnlyList<string> Changes => changes;
}
