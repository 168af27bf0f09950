using Microsoft.ML.Data;
using TransferKit.Weights;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>The features of a view's rows that were computed: in memory, and beyond a limit in a temporary file.</summary>
/// <param name="width">The number of features of a row.</param>
/// <param name="memoryBytes">The number of bytes of features that may be kept in memory.</param>
#pragma warning disable CA1001 // ML.NET's views are not disposed: the garbage collector takes the cache with its view and closes the file.
internal sealed class FeatureCache(int width, long memoryBytes)
#pragma warning restore CA1001
{
    private readonly FloatStore _store = new(width, memoryBytes);
    private readonly Dictionary<DataViewRowId, int> _rows = [];
    private readonly Lock _lock = new();

    /// <summary>Whether the features of a row are known.</summary>
    public bool Contains(DataViewRowId id)
    {
        lock (_lock)
            return _rows.ContainsKey(id);
    }

    /// <summary>Reads the features of a row if they are known.</summary>
    public bool TryGet(DataViewRowId id, Span<float> features)
    {
        lock (_lock)
        {
            if (!_rows.TryGetValue(id, out int row))
                return false;
            _store.Read(row, features);
            return true;
        }
    }

    /// <summary>Keeps the features of a row. Where another cursor has computed them too, its features remain.</summary>
    /// <exception cref="IOException">The temporary file cannot be written.</exception>
    public void Add(DataViewRowId id, ReadOnlySpan<float> features)
    {
        lock (_lock)
        {
            if (_rows.ContainsKey(id))
                return;
            try
            {
                _store.Write(_rows.Count, features);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new IOException($"The features of images cannot be kept in a file: {e.Message} "
                    + $"Set {CacheFolder.Variable} to a folder with enough space, or CacheFeatures to false.", e);
            }
            _rows.Add(id, _rows.Count);
        }
    }
}
