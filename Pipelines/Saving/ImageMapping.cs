using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using TransferKit.Images;

namespace TransferKit.Pipelines.Saving;

/// <summary>Makes custom mappings of images for the three types of image columns: paths, encoded bytes and MLImage.</summary>
internal static class ImageMapping
{
    /// <summary>The last part of a contract name, by the type of the image column. Saved models hold these names.</summary>
    public const string Path = ".Path", Bytes = ".Bytes", Image = ".Image";

    /// <summary>Makes the mapping for a type of image column.</summary>
    /// <param name="transforms">The catalog.</param>
    /// <param name="imageType">The type of the image column.</param>
    /// <param name="map">Receives the image and the settings, and sets the result.</param>
    /// <param name="contract">The first part of the contract name; null if the mapping is never saved.</param>
    public static IEstimator<ITransformer> Create<TResult>(TransformsCatalog transforms, DataViewType imageType,
        Action<ImageSource, string, TResult> map, string? contract) where TResult : class, new()
    {
        return imageType switch
        {
            TextDataViewType => Mapping<PathRow>(Path),
            ImageDataViewType => Mapping<ImageRow>(Image, ImageRowSchema(imageType)),
            _ => Mapping<BytesRow>(Bytes),
        };

        CustomMappingEstimator<TRow, TResult> Mapping<TRow>(string kind, SchemaDefinition? schema = null)
            where TRow : class, IImageRow, new() =>
            transforms.CustomMapping<TRow, TResult>((row, result) => map(row.Image, row.Settings, result), contract + kind, schema);
    }

    // ML.NET compares image types by reference: the row must have the column's own type.
    private static SchemaDefinition ImageRowSchema(DataViewType imageType)
    {
        var schema = SchemaDefinition.Create(typeof(ImageRow));
        schema[Columns.Source].ColumnType = imageType;
        return schema;
    }
}

/// <summary>
/// The base of classes by which ML.NET finds a mapping of images when it loads a model: it saves a custom mapping as its contract name
/// and its assembly, and looks for the class with that name.
/// </summary>
/// <param name="map">Receives the image and the settings, and sets the result.</param>
internal abstract class ImageMappingFactory<TRow, TResult>(Action<ImageSource, string, TResult> map) : CustomMappingFactory<TRow, TResult>
    where TRow : class, IImageRow, new()
    where TResult : class, new()
{
    public override Action<TRow, TResult> GetMapping() => (row, result) => map(row.Image, row.Settings, result);
}
