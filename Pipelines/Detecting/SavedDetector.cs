using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;
using TransferKit.Weights;

namespace TransferKit.Pipelines.Detecting;

/// <summary>
/// A detector as built-in transformers, which ML.NET can save and which need no libtorch: two OnnxTransformers hold its networks, custom
/// mappings do what lies before, between and after them.
/// </summary>
internal sealed class SavedDetector(ObjectDetectingEstimator.Options options, StateDict weights, IReadOnlyList<string> labels, DataViewType input)
{
    /// <summary>Makes the transformers and does something with them; when they are saved, OnnxTransformers read their files once more.</summary>
    public TransformerChain<ITransformer> Use(Func<TransformerChain<ITransformer>, TransformerChain<ITransformer>> use)
    {
        string folder = Directory.CreateTempSubdirectory("transferkit-").FullName;
        try
        {
            string proposing = Path.Combine(folder, "proposing.onnx"), classifying = Path.Combine(folder, "classifying.onnx");
            OnnxExport.Write(new Network(options.Detector.Proposing(options.ShownSide, options.ShownSide), weights), proposing,
                new() { InputName = Columns.Pixels, OutputName = DetectionColumns.Maps, Normalize = Preprocessing.ImageNet, BatchSize = 1 });
            OnnxExport.Write(new Network(options.Detector.Classifying(labels.Count + 1), weights), classifying,
                new() { InputName = DetectionColumns.Regions, OutputName = DetectionColumns.Classified, BatchSize = DetectionColumns.Proposals });
            return use(Chain(proposing, classifying));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Gives the results their names.</summary>
    public static EstimatorChain<ITransformer> Named(TransformsCatalog transforms, ObjectDetectingEstimator.Options options) => new EstimatorChain<ITransformer>()
        .Append<ITransformer>(options.GivesKeys ? Keys(transforms, options) : transforms.CopyColumns(options.PredictedLabelColumnName, DetectionColumns.Label))
        .Append(transforms.CopyColumns(options.PredictedBoundingBoxColumnName, DetectionColumns.Found))
        .Append<ITransformer>(transforms.CopyColumns(options.ScoreColumnName, DetectionColumns.Score));

    private static ValueToKeyMappingEstimator Keys(TransformsCatalog transforms, ObjectDetectingEstimator.Options options) => transforms.Conversion.MapValueToKey(
        [new(options.PredictedLabelColumnName, DetectionColumns.Label)], keyData: options.Labels is null ? null : new MLContext().Data.LoadFromEnumerable(options.Labels.Select(l => new KeyName(l)).ToList()));

    private TransformerChain<ITransformer> Chain(string proposing, string classifying)
    {
        var transforms = new MLContext().Transforms;
        var settings = new SavedDetection(options.Detector.Name, options.ShownSide, labels, options.Score);
        return new EstimatorChain<ITransformer>()
            .Append(transforms.CopyColumns(Columns.Source, options.ImageColumnName))
            // A custom mapping is saved by name only: what it is to do travels as a constant column.
            .Append(transforms.CustomMapping<Nothing, One>(OneFactory.Map, OneFactory.Contract))
            .Append(transforms.Conversion.MapValue(Columns.Settings, new Dictionary<int, string> { [1] = settings.Format() }, Columns.One))
            .Append(DetectionFactories.Canvas(transforms, input))
            // The image has this size already, and is passed on as it is; but only this says so in the schema.
            .Append(transforms.ResizeImages(Columns.Crop, options.ShownSide, options.ShownSide, Columns.Crop, ImageResizingEstimator.ResizingKind.Fill))
            .Append(transforms.ExtractPixels(Columns.Pixels, Columns.Crop))
            .Append(transforms.ApplyOnnxModel(DetectionColumns.Maps, Columns.Pixels, proposing))
            .Append(transforms.CustomMapping<MapsRow, RegionsRow>(ProposalFactory.Map, ProposalFactory.Contract))
            .Append(transforms.ApplyOnnxModel(DetectionColumns.Classified, DetectionColumns.Regions, classifying))
            .Append(transforms.CustomMapping<ClassifiedRow, FoundRow>(DecideFactory.Map, DecideFactory.Contract))
            .Append<ITransformer>(Named(transforms, options))
            .Append<ITransformer>(transforms.DropColumns(DetectionColumns.All))
            .Fit(new EmptyView(options.ImageColumnName, input));
    }

    private sealed record KeyName(string Name);
}
