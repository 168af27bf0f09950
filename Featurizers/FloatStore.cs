using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TransferKit.Weights;

namespace TransferKit;

/// <summary>Rows of numbers, each written once: the first in memory, and those that exceed a limit in a temporary file.</summary>
/// <remarks>
/// The file is in the <see cref="CacheFolder"/>. It is deleted when the store is disposed or garbage-collected, or the process ends.
/// </remarks>
public sealed class FloatStore : IDisposable
{
    private readonly ConcurrentDictionary<int, float[]> _memory = [];
    private readonly int _width;
    private readonly long _memoryRows;
    private readonly string _path;
    private readonly Lazy<SafeFileHandle> _file;

    /// <summary>Creates an empty store; the file is created when it is needed.</summary>
    /// <param name="width">The number of values in each row, at least 1.</param>
    /// <param name="memoryBytes">The number of bytes that may be kept in memory.</param>
    public FloatStore(int width, long memoryBytes)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        ArgumentOutOfRangeException.ThrowIfNegative(memoryBytes);
        (_width, _memoryRows) = (width, memoryBytes / (width * sizeof(float)));
        _path = Path.Combine(CacheFolder.Path, "activations", $"{Environment.ProcessId}-{Guid.NewGuid():N}.tmp");
        _file = new(CreateTemporary);
    }

    /// <summary>Creates a file of rows that remains, or opens one for reading.</summary>
    internal FloatStore(int width, string path, bool create)
    {
        var (mode, access) = create ? (FileMode.CreateNew, FileAccess.Write) : (FileMode.Open, FileAccess.Read);
        (_width, _path, _file) = (width, path, new(File.OpenHandle(path, mode, access, FileShare.Read | FileShare.Delete)));
    }

    /// <summary>Writes a row; several threads may write different rows.</summary>
    /// <param name="row">The number of the row, from 0.</param>
    /// <param name="values">Its values.</param>
    /// <exception cref="IOException">The file cannot be written, or the disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The cache folder is not writable.</exception>
    public void Write(int row, ReadOnlySpan<float> values)
    {
        if (row < _memoryRows)
            _memory[row] = values.ToArray();
        else
            RandomAccess.Write(_file.Value, MemoryMarshal.AsBytes(values), Offset(row));
    }

    /// <summary>Reads a row that was written.</summary>
    /// <param name="row">The number of the row, from 0.</param>
    /// <param name="values">Receives its values.</param>
    /// <exception cref="EndOfStreamException">The file was truncated.</exception>
    public void Read(int row, Span<float> values)
    {
        if (row < _memoryRows)
        {
            _memory[row].CopyTo(values);
            return;
        }
        var bytes = MemoryMarshal.AsBytes(values);
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(_file.Value, bytes[done..], Offset(row) + done);
            done += read > 0 ? read : throw new EndOfStreamException($"The file '{_path}' is truncated: remove it, and start again.");
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        if (_file.IsValueCreated)
            _file.Value.Dispose();
    }

    private long Offset(int row) => (row - _memoryRows) * _width * sizeof(float);

    private SafeFileHandle CreateTemporary()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
        if (OperatingSystem.IsWindows())
            return File.OpenHandle(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose);
        // Other systems keep a file without a name while it is open, even if the process is then killed.
        var file = File.OpenHandle(_path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        File.Delete(_path);
        return file;
    }
}
