using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Rows of numbers, each written once: in memory, or in a file of the cache folder where memory would not suffice.</summary>
internal sealed class ActivationStore : IDisposable
{
    private readonly float[][] _rows = [];
    private SafeFileHandle? _file;
    private readonly string? _path;
    private readonly int _width;
    private bool _deleteOnDispose;

    /// <summary>Fills memory or a file, or opens the file that an interrupted training with the same content has left.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The number of values in each.</param>
    /// <param name="memoryBytes">The number of bytes that may be kept in memory.</param>
    /// <param name="key">Returns the file's name; called only where a file is needed.</param>
    /// <param name="fill">Writes all rows; called only where they do not exist yet.</param>
    public ActivationStore(int rows, int width, long memoryBytes, Func<string> key, Action<ActivationStore> fill)
    {
        _width = width;
        if ((long)rows * width * sizeof(float) <= memoryBytes)
        {
            _rows = new float[rows][];
            fill(this);
            return;
        }
        _path = Path.Combine(CacheFolder.Path, "activations", key() + ".bin");
        if (!File.Exists(_path))
            AtomicFile.Replace(_path, temporary =>
            {
                using (_file = File.OpenHandle(temporary, FileMode.CreateNew, FileAccess.Write))
                    fill(this);
            });
        _file = File.OpenHandle(_path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
    }

    /// <summary>Writes a row; several threads may write different rows.</summary>
    public void Write(int row, ReadOnlySpan<float> values)
    {
        if (_file is null)
            _rows[row] = values.ToArray();
        else
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(values), Offset(row));
    }

    /// <summary>Reads a row.</summary>
    /// <exception cref="EndOfStreamException">The file was truncated.</exception>
    public void Read(int row, Span<float> values)
    {
        if (_file is null)
        {
            _rows[row].CopyTo(values);
            return;
        }
        var bytes = MemoryMarshal.AsBytes(values);
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(_file, bytes[done..], Offset(row) + done);
            done += read > 0 ? read : throw new EndOfStreamException($"The file '{_path}' is truncated: remove it, and start again.");
        }
    }

    /// <inheritdoc cref="DataLoader.DeleteOnDispose"/>
    public void DeleteOnDispose() => _deleteOnDispose = true;

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        if (_path is not null && _deleteOnDispose)
            File.Delete(_path);
    }

    private long Offset(int row) => (long)row * _width * sizeof(float);
}
