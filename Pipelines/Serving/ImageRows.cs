using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// Images as rows of a model's input: one column holds them, and the others, such as the label, have the default values of their types.
/// </summary>
/// <typeparam name="T">The type of the values of the image column.</typeparam>
/// <param name="schema">The schema of the model's input.</param>
/// <param name="imageColumn">The index of the image column.</param>
/// <param name="images">The value of the image column in each row.</param>
internal sealed class ImageRows<T>(DataViewSchema schema, int imageColumn, IReadOnlyList<T> images) : IDataView
{
    public DataViewSchema Schema => schema;

    public bool CanShuffle => false;

    public long? GetRowCount() => images.Count;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(schema, imageColumn, images);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewSchema schema, int imageColumn, IReadOnlyList<T> images) : DataViewRowCursor
    {
        private int _position = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext() => ++_position < images.Count;

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId id) => id = new((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            if (column.Index != imageColumn)
                return (ref TValue value) => value = default!;
            ValueGetter<T> image = (ref T value) => value = images[_position];
            return image as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"The column '{column.Name}' holds {typeof(T)}, which is not {typeof(TValue)}.");
        }
    }
}
