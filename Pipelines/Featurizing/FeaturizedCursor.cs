using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>
/// Moves over the rows of a featurized view. A second cursor over the same input reads images ahead for the network's batches, so that the
/// values of other columns need not be copied.
/// </summary>
internal sealed class FeaturizedCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _rows;
    private readonly DataViewRowCursor? _ahead;
    private readonly IEnumerator<float[]>? _features;
    private readonly AppendedColumns _columns;
    private readonly Queue<DataViewRowId> _idsAhead = [];
    private readonly ValueGetter<DataViewRowId> _getId;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    /// <param name="schema">The input's columns and the features.</param>
    /// <param name="rows">The cursor over the input.</param>
    /// <param name="ahead">A second cursor over the same rows, which reads images; null where features are not needed.</param>
    /// <param name="transformer">Runs the network.</param>
    public FeaturizedCursor(
        DataViewSchema schema, DataViewRowCursor rows, DataViewRowCursor? ahead, ImageFeaturizingTransformer transformer)
    {
        (Schema, _rows, _ahead) = (schema, rows, ahead);
        _getId = rows.GetIdGetter();
        if (ahead is not null)
            _features = transformer.Featurize(ReadAhead(ahead, transformer)).GetEnumerator();
        _columns = new(rows, _features is { } features ? AppendedColumns.Vector(() => features.Current) : null);
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _rows.Position;

    public override long Batch => _rows.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _rows.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

    public override bool MoveNext()
    {
        if (!_rows.MoveNext())
            return false;
        if (_features is null)
            return true;
        // An iterator that has thrown only reports its end afterwards. The exception itself is the right answer to a second call.
        _failure?.Throw();
        bool hasFeatures;
        try
        {
            hasFeatures = _features.MoveNext();
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        DataViewRowId id = default;
        _getId(ref id);
        if (!hasFeatures || !_idsAhead.Dequeue().Equals(id))
            throw new InvalidOperationException(
                "Two cursors over the input returned different rows. Call mlContext.Data.Cache on the input before FeaturizeImages.");
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            // Batches still in progress read from the cursors, so they end first.
            _features?.Dispose();
            _ahead?.Dispose();
            _rows.Dispose();
        }
        base.Dispose(disposing);
    }

    private IEnumerable<ImageSource> ReadAhead(DataViewRowCursor ahead, ImageFeaturizingTransformer transformer)
    {
        var read = transformer.Reader(ahead);
        var getId = ahead.GetIdGetter();
        while (ahead.MoveNext())
        {
            DataViewRowId id = default;
            getId(ref id);
            _idsAhead.Enqueue(id);
            yield return read();
        }
    }
}
