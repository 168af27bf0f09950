namespace TransferKit.Training;

/// <summary>A training cannot go on; the message says what may help.</summary>
public sealed class TrainingException(string message, Exception? inner = null) : Exception(message, inner);
