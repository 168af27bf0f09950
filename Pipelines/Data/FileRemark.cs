namespace TransferKit.Pipelines.Data;

/// <summary>A message about a file.</summary>
/// <param name="File">The file's path.</param>
/// <param name="Text">The message, which names the file.</param>
public sealed record FileRemark(string File, string Text);
