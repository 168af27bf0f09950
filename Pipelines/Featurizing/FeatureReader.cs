using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>
/// Gives the features of one row after the other, from the cache or from the network. A second cursor over the same input reads images
/// ahead for the network's batches, so that the values of other columns need not be copied; it leaves out rows that are cached.
/// </summary>
internal sealed class FeatureReader : IDisposable
{
    private readonly ImageFeaturizingTransformer _transformer;
    private readonly FeatureCache? _cache;
    private readonly Func<DataViewRowCursor> _openAhead;
    private readonly IEnumerator<float[]> _computed;
    private readonly Queue<DataViewRowId> _idsAhead = [];
    private readonly float[] _cached;
    private ExceptionDispatchInfo? _failure;

    /// <param name="transformer">Runs the network.</param>
    /// <param name="cache">The features that are known; null to compute all.</param>
    /// <param name="openAhead">Opens a cursor over the images, which is done for the first row that is not cached.</param>
    public FeatureReader(ImageFeaturizingTransformer transformer, FeatureCache? cache, Func<DataViewRowCursor> openAhead)
    {
        (_transformer, _cache, _openAhead, _cached) = (transformer, cache, openAhead, new float[transformer.Width]);
        _computed = transformer.Featurize(ReadAhead()).GetEnumerator();
    }

    /// <summary>The features of the row that was read last.</summary>
    public float[] Current { get; private set; } = [];

    /// <summary>Reads the features of the next row.</summary>
    /// <param name="id">The row's id.</param>
    /// <exception cref="ImageFormatException">The image of this row, or of another one in its batch, is not readable.</exception>
    /// <exception cref="InvalidOperationException">Two cursors over the input return different rows, or two rows have one id.</exception>
    public void Read(DataViewRowId id)
    {
        // An iterator that has thrown only reports its end afterwards. The exception itself is the right answer to a second call.
        _failure?.Throw();
        // A row that was handed to the network must be taken from there, even if another cursor has cached it since.
        bool isAhead = _idsAhead.TryPeek(out var next) && next.Equals(id);
        if (!isAhead && _cache is not null && _cache.TryGet(id, _cached))
        {
            Current = _cached;
            return;
        }
        try
        {
            if (!_computed.MoveNext() || !_idsAhead.Dequeue().Equals(id))
                throw new InvalidOperationException(
                    "Two cursors over the input returned different rows. Call mlContext.Data.Cache on the input before FeaturizeImages.");
            Current = _computed.Current;
            _cache?.Add(id, Current);
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
    }

    public void Dispose() => _computed.Dispose();

    private IEnumerable<ImageSource> ReadAhead()
    {
        using var ahead = _openAhead();
        var read = _transformer.Reader(ahead);
        var getId = ahead.GetIdGetter();
        DataViewRowId id = default;
        while (ahead.MoveNext())
        {
            getId(ref id);
            if (_cache is not null && _cache.Contains(id))
                continue;
            if (_cache is not null && _idsAhead.Contains(id))
                throw new InvalidOperationException($"Two rows of the input have the same id {id}, so their features cannot be told apart. "
                    + "Call mlContext.Data.Cache on the input before FeaturizeImages, or set CacheFeatures to false.");
            _idsAhead.Enqueue(id);
            yield return read();
        }
    }
}
