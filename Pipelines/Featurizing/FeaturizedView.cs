using Microsoft.ML;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>A view with a column of features appended, which is computed while its cursors move, and kept for later cursors.</summary>
/// <param name="transformer">Runs the network.</param>
/// <param name="input">The view with the images.</param>
internal sealed class FeaturizedView(ImageFeaturizingTransformer transformer, IDataView input) : IDataView
{
    private readonly FeatureCache? _cache = transformer.CreateCache();

    public DataViewSchema Schema { get; } = transformer.GetOutputSchema(input.Schema);

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.Select(c => c.Index).ToHashSet();
        // Both cursors over the input must shuffle in the same way, so each gets a random generator of the same seed.
        int? seed = rand?.Next();
        var rows = input.GetRowCursor(input.Schema.Where(c => needed.Contains(c.Index)), Shuffle());
        bool needsFeatures = needed.Contains(input.Schema.Count);
        return new FeaturizedCursor(Schema, rows, needsFeatures ? new FeatureReader(transformer, _cache, OpenAhead) : null);

        DataViewRowCursor OpenAhead() => input.GetRowCursor([transformer.Column(input.Schema)], Shuffle());

        Random? Shuffle() => seed is { } value ? new Random(value) : null;
    }

    // A single cursor already uses all processors.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
