using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Moves over the rows of a featurized view.</summary>
internal sealed class FeaturizedCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _rows;
    private readonly FeatureReader? _features;
    private readonly AppendedColumns _columns;
    private readonly ValueGetter<DataViewRowId> _getId;

    /// <param name="schema">The input's columns and the features.</param>
    /// <param name="rows">The cursor over the input.</param>
    /// <param name="features">Reads the features of the rows; null where they are not needed.</param>
    public FeaturizedCursor(DataViewSchema schema, DataViewRowCursor rows, FeatureReader? features)
    {
        (Schema, _rows, _features, _getId) = (schema, rows, features, rows.GetIdGetter());
        _columns = new(rows, features is null ? null : AppendedColumns.Vector(() => features.Current));
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
        if (_features is not null)
        {
            DataViewRowId id = default;
            _getId(ref id);
            _features.Read(id);
        }
        return true;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _features?.Dispose();
            _rows.Dispose();
        }
        base.Dispose(disposing);
    }
}
