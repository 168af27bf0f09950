using TransferKit.Images;

namespace TransferKit.Pipelines.Serving;

/// <summary>Files for models that read images from paths: images that come from elsewhere are written to a temporary folder.</summary>
internal sealed class TemporaryImageFiles : IDisposable
{
    private string? _folder;
    private int _count;

    /// <summary>Returns the path of an image's file.</summary>
    public string PathOf(ImageSource image)
    {
        if (image.Path is { } path)
            return path;
        _folder ??= Directory.CreateTempSubdirectory("transferkit-").FullName;
        string copy = Path.Combine(_folder, $"{_count++}");
        File.WriteAllBytes(copy, image.Encode());
        return copy;
    }

    /// <summary>Deletes the files.</summary>
    public void Dispose()
    {
        if (_folder is not null)
            Directory.Delete(_folder, recursive: true);
    }
}
