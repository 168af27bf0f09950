using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>Featurizes one row at a time, as a PredictionEngine does.</summary>
/// <param name="transformer">Runs the network.</param>
/// <param name="input">The schema of the rows.</param>
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
        new FeaturizedRow(OutputSchema, row, activeColumns.Any(c => c.Index == input.Count) ? transformer : null);

    private sealed class FeaturizedRow : DataViewRow
    {
        private readonly DataViewRow _input;
        private readonly AppendedColumns _columns;
        private float[] _features = [];
        private long _position = -1;

        public FeaturizedRow(DataViewSchema schema, DataViewRow input, ImageFeaturizingTransformer? transformer)
        {
            (Schema, _input) = (schema, input);
            _columns = new(input, transformer is null ? null : AppendedColumns.Vector(Features(transformer, transformer.Reader(input))));
        }

        public override DataViewSchema Schema { get; }

        public override long Position => _input.Position;

        public override long Batch => _input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _columns.IsActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _columns.GetGetter<TValue>(column);

        // Score and PredictedLabel both depend on the features of a row, which are computed once.
        private Func<float[]> Features(ImageFeaturizingTransformer transformer, Func<ImageSource> read) => () =>
        {
            if (_position != _input.Position || _features.Length == 0)
                (_features, _position) = (transformer.Featurize(read()), _input.Position);
            return _features;
        };

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _input.Dispose();
            base.Dispose(disposing);
        }
    }
}
