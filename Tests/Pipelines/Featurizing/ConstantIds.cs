using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Tests.Pipelines.Featurizing;

/// <summary>A view that breaks ML.NET's rule that each row has an id of its own.</summary>
internal sealed class ConstantIds(IDataView input) : IDataView
{
    public DataViewSchema Schema => input.Schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(input.GetRowCursor(columnsNeeded));

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor rows) : DataViewRowCursor
    {
        public override DataViewSchema Schema => rows.Schema;

        public override long Position => rows.Position;

        public override long Batch => rows.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new DataViewRowId(7, 0);

        public override bool IsColumnActive(DataViewSchema.Column column) => rows.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => rows.GetGetter<TValue>(column);

        public override bool MoveNext() => rows.MoveNext();
    }
}
