using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

/// <summary>
/// Detects objects in images, row by row as the rows are read. Saved, it becomes a chain of built-in transformers that detect the same
/// and need no libtorch.
/// </summary>
public sealed class ObjectDetectingTransformer : ITransformer, IDisposable
{
    private readonly ObjectDetectingEstimator.Options _options;
    private readonly DataViewType _imageType;
    private readonly DetectorSettings _settings;
    private readonly TransformerChain<ITransformer> _chain;

    internal ObjectDetectingTransformer(ObjectDetector detector, ObjectDetectingEstimator.Options options, DataViewType imageType,
        TrainedDetector? trained)
    {
        (Detector, _options, _imageType, Trained) = (detector, options, imageType, trained);
        _settings = DetectorSettings.Of(detector);
        var transforms = new MLContext().Transforms;
        _chain = SavedChain.ImageAndSettings(transforms, options.ImageColumnName, settings: "")
            .Append(ImageMapping.Create<DetectionsRow>(transforms, imageType, Detect, contract: null))
            .Append<ITransformer>(options.OutputColumns(transforms))
            .Append<ITransformer>(transforms.DropColumns([.. DetectionColumns.Inputs, .. DetectionColumns.Results]))
            .Fit(new EmptyView(options.ImageColumnName, imageType));
    }

    /// <summary>The detector that the transformer runs.</summary>
    public ObjectDetector Detector { get; }

    /// <summary>The detector's weights and the history of its training; null if nothing was trained.</summary>
    public TrainedDetector? Trained { get; }

    /// <inheritdoc/>
    public bool IsRowToRowMapper => true;

    /// <inheritdoc/>
    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => _chain.GetOutputSchema(inputSchema);

    /// <inheritdoc/>
    public IDataView Transform(IDataView input) => _chain.Transform(input);

    /// <inheritdoc/>
    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => ((ITransformer)_chain).GetRowToRowMapper(inputSchema);

    /// <summary>Releases the detector; views and prediction engines of this transformer cannot be used afterwards.</summary>
    public void Dispose()
    {
        _chain.Dispose();
        Detector.Dispose();
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SavedDetector.Save(ctx, Detector, _settings, _options, _imageType);

    private void Detect(ImageSource image, string settings, DetectionsRow result) =>
        result.Set(Detector.Detect(image.Decode()), Detector.Labels);
}
