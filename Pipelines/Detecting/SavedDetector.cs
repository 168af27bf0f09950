using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferKit.Detection;
using TransferKit.Engines.Onnx;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

/// <summary>
/// The saved form of a detector: built-in transformers that compute the same. Two OnnxTransformers hold the networks, custom mappings
/// run the steps before, between and after them.
/// </summary>
internal static class SavedDetector
{
    /// <summary>Saves a detector.</summary>
    /// <param name="context">The model file.</param>
    /// <param name="detector">The detector, which has a fixed input size.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="options">The names of the columns.</param>
    /// <param name="imageType">The type of the image column.</param>
    public static void Save(ModelSaveContext context, ObjectDetector detector, DetectorSettings settings,
        ObjectDetectingEstimator.Options options, DataViewType imageType) => SavedChain.Save(context, folder =>
    {
        string proposalNetwork = Path.Combine(folder, "proposals.onnx"), boxHead = Path.Combine(folder, "boxes.onnx");
        OnnxExport.Write(detector.ProposalNetwork, proposalNetwork, new()
        {
            InputName = Columns.Pixels,
            OutputName = DetectionColumns.ProposalOutputs,
            Normalization = detector.Transform.Normalization,
            BatchSize = 1,
        });
        OnnxExport.Write(detector.BoxHead, boxHead, new()
        {
            InputName = DetectionColumns.Regions,
            OutputName = DetectionColumns.BoxHeadOutputs,
            BatchSize = DetectionColumns.MaxProposals,
        });
        var transforms = new MLContext().Transforms;
        var square = DetectionMappings.Square(transforms, imageType);
        return SavedChain.ImageAndSettings(transforms, options.ImageColumnName, settings.Format())
            .Append(SavedChain.Pixels(transforms, square, settings.Side))
            .Append(transforms.ApplyOnnxModel(DetectionColumns.ProposalOutputs, Columns.Pixels, proposalNetwork))
            .Append(transforms.CustomMapping<ProposalOutputsRow, RegionsRow>(
                DetectionMappings.Propose, DetectionMappings.ProposeContract))
            .Append(transforms.ApplyOnnxModel(DetectionColumns.BoxHeadOutputs, DetectionColumns.Regions, boxHead))
            .Append(transforms.CustomMapping<BoxHeadOutputsRow, DetectionsRow>(
                DetectionMappings.Select, DetectionMappings.SelectContract))
            .Append<ITransformer>(options.OutputColumns(transforms))
            .Append<ITransformer>(transforms.DropColumns(DetectionColumns.All))
            .Fit(new EmptyView(options.ImageColumnName, imageType));
    });

    /// <summary>Reads a detector back from a model file.</summary>
    /// <param name="file">The model file.</param>
    /// <exception cref="InvalidDataException">The file is not a saved detector.</exception>
    public static ObjectDetector Load(Stream file)
    {
        var models = SavedOnnxModels.Read(file);
        if (models.Count != 2)
            throw new InvalidDataException(
                $"The model holds {models.Count} networks: a detector of DetectObjects or FineTuneDetector has 2.");
        var networks = models.Select(m => OnnxReader.Read(m).Network).ToArray();
        // The box head's input has the channels of the feature pyramid.
        var proposalNetwork = networks.MinBy(n => n.Graph.Input.Shape.Channels)!;
        var boxHead = networks.MaxBy(n => n.Graph.Input.Shape.Channels)!;
        file.Position = 0;
        var settings = DetectorSettings.Parse(SettingsIn(file));
        return new ObjectDetector(proposalNetwork, boxHead, settings.Steps, settings.Labels);
    }

    // The settings are the constant of a value mapping, which gives them when it maps 1.
    private static string SettingsIn(Stream file)
    {
        var context = new MLContext();
        var model = context.Model.Load(file, out _);
        using var disposable = model as IDisposable;
        var ones = context.Data.LoadFromEnumerable([new One { Value = 1 }]);
        foreach (var mapping in Steps(model).OfType<ValueMappingTransformer>())
        {
            if (TryTransform(mapping, ones) is { } view && view.Schema.GetColumnOrNull(Columns.Settings) is { } column)
                return view.GetColumn<string>(column).Single();
        }
        throw new InvalidDataException("The model has no detector settings: it must be made by DetectObjects or FineTuneDetector.");
    }

    // Pipelines appended to pipelines are chains within chains.
    private static IEnumerable<ITransformer> Steps(ITransformer step) =>
        step is IEnumerable<ITransformer> chain ? chain.SelectMany(Steps) : [step];

    // Value mappings of the user's own map other columns, which are missing here.
    private static IDataView? TryTransform(ValueMappingTransformer mapping, IDataView view)
    {
        try
        {
            return mapping.Transform(view);
        }
        catch (ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
