using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Training;

namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// Classifies images by a fine-tuned network: adds <c>Score</c>, the probabilities with the classes as slot names, and
/// <c>PredictedLabel</c>, a key. The network runs on batches of rows. It is saved as built-in transformers that compute the same without
/// libtorch.
/// </summary>
public sealed class FineTunedImagesTransformer : ITransformer, IDisposable
{
    private readonly ImageFeaturizingTransformer _featurizer;
    private readonly TransformerChain<ITransformer> _chain;

    internal FineTunedImagesTransformer(ImageFeaturizingTransformer featurizer, ITransformer scores, string probabilities,
        TrainedNetwork trained)
    {
        (_featurizer, Trained) = (featurizer, trained);
        var view = new Saving.EmptyView(probabilities, NumberDataViewType.Single);
        var drop = new MLContext().Transforms.DropColumns(probabilities).Fit(view);
        _chain = new TransformerChain<ITransformer>(featurizer, scores, drop);
    }

    /// <summary>The network with its weights, and the metrics of its training.</summary>
    public TrainedNetwork Trained { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _chain.Transform(input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    /// <summary>Releases the network; views and prediction engines of this transformer cannot be used afterwards.</summary>
    public void Dispose() => _featurizer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_chain).Save(ctx);
}
