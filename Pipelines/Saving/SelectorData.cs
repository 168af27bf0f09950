using Microsoft.ML;
using Microsoft.ML.Data;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// The training data of <see cref="NamedScores"/>. For each class there are two rows with its label: the first has a vector with 1 at the
/// class's index, the second a vector of zeros.
/// </summary>
internal sealed class SelectorData : IDataView
{
    private readonly int _classes;

    /// <param name="label">The label column of another view, whose type and key values are taken over.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="vector">The name of the column of vectors.</param>
    public SelectorData(DataViewSchema.Column label, int classes, string vector)
    {
        _classes = classes;
        var builder = new DataViewSchema.Builder();
        builder.AddColumn(label.Name, label.Type, label.Annotations);
        builder.AddColumn(vector, new VectorDataViewType(NumberDataViewType.Single, classes));
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public bool CanShuffle => false;

    public long? GetRowCount() => 2 * _classes;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null) =>
        new Cursor(Schema, _classes);

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewSchema schema, int classes) : DataViewRowCursor
    {
        private long _position = -1;

        public override DataViewSchema Schema => schema;

        public override long Position => _position;

        public override long Batch => 0;

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override bool MoveNext() => ++_position < 2 * classes;

        public override ValueGetter<DataViewRowId> GetIdGetter() =>
            (ref DataViewRowId id) => id = new DataViewRowId((ulong)_position, 0);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            // Keys count from 1.
            ValueGetter<uint> label = (ref uint value) => value = (uint)(_position / 2) + 1;
            ValueGetter<VBuffer<float>> vector = (ref VBuffer<float> value) => value = Vector();
            return (column.Index == 0 ? label : (Delegate)vector) as ValueGetter<TValue>
                ?? throw new InvalidOperationException($"The column '{column.Name}' holds {column.Type}, which is not {typeof(TValue)}.");
        }

        private VBuffer<float> Vector() =>
            _position % 2 == 0 ? new(classes, 1, [1f], [(int)(_position / 2)]) : new(classes, 0, [], []);
    }
}
