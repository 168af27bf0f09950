namespace TransferKit.Pipelines.Serving;

/// <summary>What tells a file from its successor without reading it; the default for a file that is not there.</summary>
internal readonly record struct FileStamp(DateTime Written, long Length)
{
    public static FileStamp Of(string path) => new FileInfo(path) is { Exists: true } file ? new(file.LastWriteTimeUtc, file.Length) : default;
}
