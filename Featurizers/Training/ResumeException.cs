namespace TransferKit.Training;

/// <summary>A checkpoint is of a training with other settings than the one that would resume from it.</summary>
/// <param name="message">The message, with the settings that differ.</param>
public sealed class ResumeException(string message) : ArgumentException(message);
