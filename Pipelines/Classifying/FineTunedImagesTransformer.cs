using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Training;

namespace TransferKit.Pipelines.Classifying;

/// <summary>
/// A fine-tuned network as a classifier: adds <c>Score</c>, the probabilities with the classes as slot names, and <c>PredictedLabel</c>, a
/// key. Rows go through the network in batches. Saved, it becomes built-in transformers that compute the same without libtorch.
/// </summary>
public sealed class FineTunedImagesTransformer : ITransformer, IDisposable
{
    private readonly ImageFeaturizingTransformer _featurizer;
    private readonly TransformerChain<ITransformer> _chain;

    internal FineTunedImagesTransformer(ImageFeaturizingTransformer featurizer, ITransformer scores, string probabilities, TrainedNetwork tuned)
    {
        (_featurizer, Tuned) = (featurizer, tuned);
        var context = new MLContext();
        var drop = context.Transforms.DropColumns(probabilities).Fit(new Saving.EmptyView(probabilities, NumberDataViewType.Single));
        _chain = new TransformerChain<ITransformer>(featurizer, scores, drop);
    }

    /// <summary>The network with its weights, and how its training went.</summary>
    public TrainedNetwork Tuned { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _chain.Transform(input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    /// <summary>Releases the network; views and engines made of this transformer cannot be used afterwards.</summary>
    public void Dispose() => _featurizer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) => ((ICanSaveModel)_chain).Save(ctx);
}
