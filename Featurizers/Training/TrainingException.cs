namespace TransferKit.Training;

/// <summary>The exception that is thrown when a training cannot continue.</summary>
/// <param name="message">What went wrong, and what may help.</param>
/// <param name="inner">The exception that caused it, or null.</param>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner);
