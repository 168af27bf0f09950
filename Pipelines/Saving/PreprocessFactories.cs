using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Pipelines.Saving;

// ML.NET saves a custom mapping as its contract and the assembly's name, and finds these classes by the contract when it loads.

/// <summary>Adds the constant 1.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class OneFactory : CustomMappingFactory<Nothing, One>
{
    public const string Contract = "TransferKit.One";

    public static void Map(Nothing from, One to) => to.Value = 1;

    public override Action<Nothing, One> GetMapping() => Map;
}

/// <summary>Preprocesses an image file.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class PathFactory : CustomMappingFactory<PathRow, CropRow>
{
    public const string Contract = "TransferKit.Preprocess.Path";

    public static void Map(PathRow from, CropRow to) => PreprocessFactories.Map(new ImageSource(from.Source), from.Settings, to);

    public override Action<PathRow, CropRow> GetMapping() => Map;
}

/// <summary>Preprocesses the content of an image file.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class BytesFactory : CustomMappingFactory<BytesRow, CropRow>
{
    public const string Contract = "TransferKit.Preprocess.Bytes";

    public static void Map(BytesRow from, CropRow to) => PreprocessFactories.Map(new ImageSource(from.Source), from.Settings, to);

    public override Action<BytesRow, CropRow> GetMapping() => Map;
}

/// <summary>Preprocesses an image.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ImageFactory : CustomMappingFactory<ImageRow, CropRow>
{
    public const string Contract = "TransferKit.Preprocess.Image";

    public static void Map(ImageRow from, CropRow to) => PreprocessFactories.Map(new ImageSource(MLImages.ToPicture(from.Source)), from.Settings, to);

    public override Action<ImageRow, CropRow> GetMapping() => Map;
}

/// <summary>The mapping for each kind of image column.</summary>
internal static class PreprocessFactories
{
    public static IEstimator<ITransformer> Mapping(TransformsCatalog transforms, DataViewType input) => input switch
    {
        TextDataViewType => transforms.CustomMapping<PathRow, CropRow>(PathFactory.Map, PathFactory.Contract),
        ImageDataViewType => transforms.CustomMapping<ImageRow, CropRow>(ImageFactory.Map, ImageFactory.Contract, Images(input)),
        _ => transforms.CustomMapping<BytesRow, CropRow>(BytesFactory.Map, BytesFactory.Contract),
    };

    // The estimator compares types by reference: only the column's own will do.
    internal static SchemaDefinition Images(DataViewType input)
    {
        var definition = SchemaDefinition.Create(typeof(ImageRow));
        definition[Columns.Source].ColumnType = input;
        return definition;
    }

    public static void Map(ImageSource image, string settings, CropRow to) =>
        to.Crop = MLImages.ToMLImage(Settings.Parse(settings).ResizeAndCrop(image.Decode()));
}
