namespace TransferKit.Images;

/// <summary>The exception that is thrown when a file or its content cannot be read as an image.</summary>
/// <param name="message">The name of the file and the reason.</param>
/// <param name="inner">The error of the file system, if there is one.</param>
public sealed class ImageFormatException(string message, Exception? inner = null) : Exception(message, inner);
