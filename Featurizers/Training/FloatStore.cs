using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Rows of numbers, each written once: in memory, or in a file of the cache folder where they are too many.</summary>
internal sealed class FloatStore : IDisposable
{
    private readonly float[][] _rows = [];
    private SafeFileHandle? _file;
    private readonly string? _path;
    private readonly int _width;
    private bool _forgotten;

    /// <summary>Makes room, or opens the file that an interrupted run with the same content has left.</summary>
    /// <param name="rows">The number of rows.</param>
    /// <param name="width">The numbers in each.</param>
    /// <param name="memory">Bytes that memory may take.</param>
    /// <param name="key">What a file's name is made of; asked for only where one is needed.</param>
    /// <param name="fill">Writes all rows, if they are not there.</param>
    public FloatStore(int rows, int width, long memory, Func<string> key, Action<FloatStore> fill)
    {
        _width = width;
        if ((long)rows * width * sizeof(float) <= memory)
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

    /// <summary>Writes a row; several threads may write different ones.</summary>
    public void Write(int row, ReadOnlySpan<float> values)
    {
        if (_file is null)
            _rows[row] = values.ToArray();
        else
            RandomAccess.Write(_file, MemoryMarshal.AsBytes(values), Offset(row));
    }

    /// <summary>Reads a row.</summary>
    public void Read(int row, Span<float> values)
    {
        if (_file is null)
        {
            _rows[row].CopyTo(values);
            return;
        }
        var bytes = MemoryMarshal.AsBytes(values);
        for (int done = 0; done < bytes.Length;)
            done += RandomAccess.Read(_file, bytes[done..], Offset(row) + done) is > 0 and var read ? read : throw new EndOfStreamException($"'{_path}' is cut short; remove it.");
    }

    /// <summary>Has the file removed in the end; without, it is left to a run that goes on.</summary>
    public void Forget() => _forgotten = true;

    /// <summary>Closes the file.</summary>
    public void Dispose()
    {
        _file?.Dispose();
        if (_path is not null && _forgotten)
            File.Delete(_path);
    }

    private long Offset(int row) => (long)row * _width * sizeof(float);
}
