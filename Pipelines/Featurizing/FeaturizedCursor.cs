using System.Runtime.ExceptionServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>
/// Moves over rows while their images are read ahead by a second cursor over the same input, so that the other columns need no copying.
/// </summary>
internal sealed class FeaturizedCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _rows;
    private readonly DataViewRowCursor? _ahead;
    private readonly IEnumerator<float[]>? _features;
    private readonly Queue<DataViewRowId> _idsAhead = [];
    private readonly ValueGetter<DataViewRowId> _id;
    private ExceptionDispatchInfo? _failure;
    private bool _disposed;

    public FeaturizedCursor(DataViewSchema schema, DataViewRowCursor rows, DataViewRowCursor? ahead, ImageFeaturizingTransformer transformer)
    {
        (Schema, _rows, _ahead) = (schema, rows, ahead);
        _id = rows.GetIdGetter();
        if (ahead is not null)
            _features = transformer.Featurize(Images(ahead, transformer)).GetEnumerator();
    }

    public override DataViewSchema Schema { get; }

    public override long Position => _rows.Position;

    public override long Batch => _rows.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => _rows.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) =>
        column.Index == Schema.Count - 1 ? _features is not null : _rows.IsColumnActive(_rows.Schema[column.Index]);

    public override bool MoveNext()
    {
        if (!_rows.MoveNext())
            return false;
        if (_features is null)
            return true;
        // An iterator that has thrown is at its end: asked again, it would blame the input.
        _failure?.Throw();
        bool moved;
        try
        {
            moved = _features.MoveNext();
        }
        catch (Exception e)
        {
            _failure = ExceptionDispatchInfo.Capture(e);
            throw;
        }
        DataViewRowId id = default;
        _id(ref id);
        if (!moved || !_idsAhead.Dequeue().Equals(id))
            throw new InvalidOperationException("Two cursors over the input gave different rows. Put Data.Cache before FeaturizeImages.");
        return true;
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
        column.Index < Schema.Count - 1
            ? _rows.GetGetter<TValue>(_rows.Schema[column.Index])
            : FeatureGetter.Create<TValue>(column, _features is { } features ? () => features.Current : null);

    protected override void Dispose(bool disposing)
    {
        if (disposing && !_disposed)
        {
            _disposed = true;
            // First the batches under way, then what they are read from.
            _features?.Dispose();
            _ahead?.Dispose();
            _rows.Dispose();
        }
        base.Dispose(disposing);
    }

    private IEnumerable<ImageSource> Images(DataViewRowCursor ahead, ImageFeaturizingTransformer transformer)
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
