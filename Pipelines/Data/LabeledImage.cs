namespace TransferKit.Pipelines.Data;

/// <summary>An image file and its label.</summary>
/// <param name="ImagePath">The file's path.</param>
/// <param name="Label">The name of the subfolder that holds the file.</param>
public sealed record LabeledImage(string ImagePath, string Label);
