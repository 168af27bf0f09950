using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;

namespace TransferKit.Pipelines.Detecting;

/// <summary>Finds things in images by built-in transformers; saved, these are all that is left of it, and need no libtorch.</summary>
public sealed class ObjectDetectingTransformer : ITransformer, IDisposable
{
    private readonly SavedDetector _detector;
    private readonly TransformerChain<ITransformer> _chain;

    internal ObjectDetectingTransformer(SavedDetector detector, TrainedDetector? trained) => (_detector, _chain, Trained) = (detector, detector.Use(chain => chain), trained);

    /// <summary>The detector with its weights, and how its training went; null where nothing was trained.</summary>
    public TrainedDetector? Trained { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _chain.Transform(input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    /// <summary>Releases the networks; views and engines made of this transformer cannot be used afterwards.</summary>
    public void Dispose() => _chain.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => _detector.Use(chain =>
    {
        using (chain)
            ((ICanSaveModel)chain).Save(ctx);
        return chain;
    });
}
