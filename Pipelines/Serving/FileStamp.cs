namespace TransferKit.Pipelines.Serving;

/// <summary>
/// The time and length of a file, by which a new version is noticed without reading it; the default value for a file that does not exist.
/// </summary>
/// <param name="Written">When the file was last written, in UTC.</param>
/// <param name="Length">The length in bytes.</param>
internal readonly record struct FileStamp(DateTime Written, long Length)
{
    /// <summary>Reads the stamp of a file; a symbolic link is followed to its target.</summary>
    public static FileStamp Of(string path)
    {
        var file = new FileInfo(path);
        file = file.LinkTarget is null ? file : file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        return file.Exists ? new(file.LastWriteTimeUtc, file.Length) : default;
    }
}
