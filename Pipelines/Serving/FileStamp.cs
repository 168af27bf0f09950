namespace TransferKit.Pipelines.Serving;

/// <summary>What tells a file from its successor without reading it; the default for a file that is not there. Of a link, what it leads to counts.</summary>
internal readonly record struct FileStamp(DateTime Written, long Length)
{
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        file = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return file.Exists ? new(file.LastWriteTimeUtc, file.Length) : default;
    }
}
