using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Activations of all views of all images: in memory, or in a file of the cache folder where memory would not suffice.</summary>
internal sealed class ActivationStore : IDisposable
{
    private readonly FloatStore _rows;
    private readonly string? _path;
    private bool _deleteOnDispose;

    /// <summary>Fills memory or a file, or opens the file that an interrupted training with the same content has left.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The number of values in each.</param>
    /// <param name="memoryBytes">The number of bytes that may be kept in memory.</param>
    /// <param name="key">Returns the file's name; called only where a file is needed.</param>
    /// <param name="fill">Writes all rows; called only where they do not exist yet.</param>
    public ActivationStore(int rows, int width, long memoryBytes, Func<string> key, Action<FloatStore> fill)
    {
        if ((long)rows * width * sizeof(float) <= memoryBytes)
        {
            _rows = new FloatStore(width, memoryBytes);
            fill(_rows);
            return;
        }
        _path = Path.Combine(CacheFolder.Path, "activations", key() + ".bin");
        if (!File.Exists(_path))
            AtomicFile.Replace(_path, temporary =>
            {
                using var file = new FloatStore(width, temporary, create: true);
                fill(file);
            });
        _rows = new FloatStore(width, _path, create: false);
    }

    /// <summary>Reads a row.</summary>
    /// <exception cref="EndOfStreamException">The file was truncated.</exception>
    public void Read(int row, Span<float> values) => _rows.Read(row, values);

    /// <inheritdoc cref="DataLoader.DeleteOnDispose"/>
    public void DeleteOnDispose() => _deleteOnDispose = true;

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _rows.Dispose();
        if (_path is not null && _deleteOnDispose)
            File.Delete(_path);
    }
}
