using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// The parts that saved featurizers and saved detectors share. A transformer outside of ML.NET cannot write into a model file, so both are
/// saved as chains of built-in transformers: custom mappings, and OnnxTransformers that hold the networks.
/// </summary>
internal static class SavedChain
{
    /// <summary>Copies the image column, and adds the settings of the custom mappings as a column.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="imageColumnName">The image column.</param>
    /// <param name="settings">The settings.</param>
    public static EstimatorChain<ITransformer> ImageAndSettings(TransformsCatalog transforms, string imageColumnName, string settings) =>
        new EstimatorChain<ITransformer>()
            .Append(transforms.CopyColumns(Columns.Source, imageColumnName))
            // A custom mapping is saved as its contract name only: its settings must be in a column, which a value mapping makes constant.
            .Append(transforms.CustomMapping<EmptyRow, One>(OneFactory.Map, OneFactory.Contract))
            .Append<ITransformer>(transforms.Conversion.MapValue(
                Columns.Settings, new Dictionary<int, string> { [1] = settings }, Columns.One));

    /// <summary>Preprocesses the image by a custom mapping, and extracts its pixels, levels from 0 to 255.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="mapping">The mapping from the source to the crop.</param>
    /// <param name="size">The width and height of the crop.</param>
    public static EstimatorChain<ITransformer> Pixels(TransformsCatalog transforms, IEstimator<ITransformer> mapping, int size) =>
        new EstimatorChain<ITransformer>()
            .Append(mapping)
            // The image has this size already and is not changed, but the schema needs to know the size.
            .Append(transforms.ResizeImages(Columns.Crop, size, size, Columns.Crop, ImageResizingEstimator.ResizingKind.Fill))
            .Append<ITransformer>(transforms.ExtractPixels(Columns.Pixels, Columns.Crop));

    /// <summary>Lists the transformers of a model. Pipelines that were appended to pipelines are chains within chains.</summary>
    /// <param name="chain">The model, or a part of it.</param>
    public static IEnumerable<ITransformer> Steps(IEnumerable<ITransformer> chain) =>
        chain.SelectMany(step => step is IEnumerable<ITransformer> inner ? Steps(inner) : [step]);

    /// <summary>Makes a chain with ONNX files in a temporary folder and saves it; OnnxTransformers copy these files then.</summary>
    /// <param name="context">The model file.</param>
    /// <param name="create">Writes the networks to the folder and makes the chain.</param>
    public static void Save(ModelSaveContext context, Func<string, TransformerChain<ITransformer>> create)
    {
        string folder = Directory.CreateTempSubdirectory("transferkit-").FullName;
        try
        {
            using var chain = create(folder);
            ((ICanSaveModel)chain).Save(context);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}

/// <summary>Adds the constant 1, the key by which settings are looked up.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class OneFactory : CustomMappingFactory<EmptyRow, One>
{
    public const string Contract = "TransferKit.One";

    public static void Map(EmptyRow row, One result) => result.Value = 1;

    public override Action<EmptyRow, One> GetMapping() => Map;
}
