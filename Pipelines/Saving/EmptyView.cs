using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Saving;

/// <summary>A view with no rows, for fitting estimators that learn nothing from data.</summary>
internal sealed class EmptyView : IDataView
{
    /// <summary>Creates a view.</summary>
    /// <param name="column">The name of the column.</param>
    /// <param name="type">The type of the column.</param>
    public EmptyView(string column, DataViewType type)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(column, type);
        Schema = builder.ToSchema();
    }

    /// <summary>Creates a view.</summary>
    /// <param name="schema">The schema.</param>
    public EmptyView(DataViewSchema schema) => Schema = schema;

    public DataViewSchema Schema { get; }

    public bool CanShuffle => true;

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) => new Cursor(Schema);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [new Cursor(Schema)];

    private sealed class Cursor(DataViewSchema schema) : DataViewRowCursor
    {
        private const string NoRows = "The view has no rows.";

        public override DataViewSchema Schema => schema;

        public override long Position => -1;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext() => false;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId _) => throw new InvalidOperationException(NoRows);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            (ref TValue _) => throw new InvalidOperationException(NoRows);
    }
}
