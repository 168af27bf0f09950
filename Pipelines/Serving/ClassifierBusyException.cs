namespace TransferKit.Pipelines.Serving;

/// <summary>A request was rejected because the queue of an <see cref="ImageClassifier"/> is full.</summary>
/// <param name="message">The message.</param>
public sealed class ClassifierBusyException(string message) : Exception(message);
