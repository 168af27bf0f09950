using Microsoft.ML;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>A view with features added, computed as its cursors move.</summary>
internal sealed class FeaturizedView(ImageFeaturizingTransformer transformer, IDataView input) : IDataView
{
    public DataViewSchema Schema { get; } = transformer.GetOutputSchema(input.Schema);

    public bool CanShuffle => input.CanShuffle;

    public long? GetRowCount() => input.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var needed = columnsNeeded.Select(c => c.Index).ToHashSet();
        // Two cursors over the input must shuffle alike: each gets a generator of the same seed.
        int? seed = rand?.Next();
        var rows = input.GetRowCursor(input.Schema.Where(c => needed.Contains(c.Index)), Shuffle());
        if (!needed.Contains(input.Schema.Count))
            return new FeaturizedCursor(Schema, rows, ahead: null, transformer);
        try
        {
            return new FeaturizedCursor(Schema, rows, input.GetRowCursor([transformer.Column(input.Schema)], Shuffle()), transformer);
        }
        catch
        {
            rows.Dispose();
            throw;
        }

        Random? Shuffle() => seed is { } s ? new Random(s) : null;
    }

    // One cursor already uses all processors.
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];
}
