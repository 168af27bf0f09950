namespace TransferKit.Weights;

/// <summary>The exception that is thrown when a published file cannot be downloaded.</summary>
/// <param name="message">The reason, and where the file can be put by hand.</param>
/// <param name="inner">The error of the network or of the file system; null where a server refuses the file.</param>
public sealed class DownloadException(string message, Exception? inner = null) : Exception(message, inner);
