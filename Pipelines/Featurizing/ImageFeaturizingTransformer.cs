using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Featurizing;

/// <summary>
/// Appends a column of features, computed from images by a frozen network. The rows of a view are read ahead and go through the network in
/// batches, in parallel and in order, once for all passes over the view; a PredictionEngine's row goes through alone. ML.NET saves it as
/// built-in transformers that compute the same features.
/// </summary>
public sealed class ImageFeaturizingTransformer : ITransformer, IDisposable
{
    private readonly ImageFeaturizingEstimator.Options _options;
    private readonly ImageFeaturizer _featurizer;
    private readonly DataViewType _inputType;

    internal ImageFeaturizingTransformer(
        ImageFeaturizingEstimator.Options options, ImageFeaturizer featurizer, DataViewType inputType) =>
        (_options, _featurizer, _inputType) = (options, featurizer, inputType);

    /// <summary>The number of features of an image.</summary>
    public int Width => _featurizer.Width;

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        Column(inputSchema);
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        builder.AddColumn(_options.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, Width));
        return builder.ToSchema();
    }

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => new FeaturizedView(this, input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => new FeaturizingMapper(this, inputSchema);

    /// <summary>Releases the network. Views and prediction engines made from this transformer cannot be used afterwards.</summary>
    public void Dispose() => _featurizer.Dispose();

    void ICanSaveModel.Save(ModelSaveContext ctx) =>
        SavedFeaturizer.Save(ctx, _featurizer, _options.OutputColumnName, _options.ImageColumnName, _inputType);

    internal DataViewSchema.Column Column(DataViewSchema schema) => ImageColumn.Of(schema, _options.ImageColumnName);

    internal Func<ImageSource> Reader(DataViewRow row) => ImageColumn.Reader(row, Column(row.Schema), _featurizer.Preprocessing);

    internal FeatureCache? CreateCache() => _options.CacheFeatures ? new(Width, _options.CacheBytes) : null;

    internal float[] Featurize(ImageSource image) => _featurizer.Featurize(image);

    internal IEnumerable<float[]> Featurize(IEnumerable<ImageSource> images) => _featurizer.Featurize(images);
}
