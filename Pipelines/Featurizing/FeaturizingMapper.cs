using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Featurizes one row at a time, for a PredictionEngine.</summary>
internal sealed class FeaturizingMapper(ImageFeaturizingTransformer transformer, DataViewSchema input) : IRowToRowMapper
{
    public DataViewSchema InputSchema => input;

    public DataViewSchema OutputSchema { get; } = transformer.GetOutputSchema(input);

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = dependingColumns.Select(c => c.Index).ToHashSet();
        if (needed.Contains(input.Count))
            needed.Add(transformer.Column(input).Index);
        return input.Where(c => needed.Contains(c.Index));
    }

    public DataViewRow GetRow(DataViewRow row, IEnumerable<DataViewSchema.Column> activeColumns) =>
        new Row(OutputSchema, row, activeColumns.Any(c => c.Index == input.Count) ? transformer : null);

    private sealed class Row : DataViewRow
    {
        private readonly DataViewRow _input;
        private readonly ImageFeaturizingTransformer? _transformer;
        private readonly Func<ImageSource>? _read;
        private float[] _features = [];
        private long _position = -1;

        public Row(DataViewSchema schema, DataViewRow input, ImageFeaturizingTransformer? transformer)
        {
            (Schema, _input, _transformer) = (schema, input, transformer);
            if (transformer is not null)
                _read = transformer.Reader(input);
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) =>
            column.Index == Schema.Count - 1 ? _transformer is not null : _input.IsColumnActive(_input.Schema[column.Index]);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            column.Index < Schema.Count - 1
                ? _input.GetGetter<TValue>(_input.Schema[column.Index])
                : FeatureGetter.Create<TValue>(column, _read is null ? null : Features);

        // Score and PredictedLabel both ask for a row's features: they are computed once.
        private float[] Features()
        {
            if (_position != _input.Position || _features.Length == 0)
                (_features, _position) = (_transformer!.Featurize(_read!()), _input.Position);
            return _features;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }
    }
}
