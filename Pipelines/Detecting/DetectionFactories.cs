using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Image;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

// ML.NET saves a custom mapping as its contract and the assembly's name, and finds these classes by the contract when it loads.

/// <summary>Puts an image file on its square.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class CanvasPathFactory : CustomMappingFactory<PathRow, CanvasRow>
{
    public const string Contract = "TransferKit.Canvas.Path";

    public static void Map(PathRow from, CanvasRow to) => DetectionFactories.Map(new ImageSource(from.Source), from.Settings, to);

    public override Action<PathRow, CanvasRow> GetMapping() => Map;
}

/// <summary>Puts the content of an image file on its square.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class CanvasBytesFactory : CustomMappingFactory<BytesRow, CanvasRow>
{
    public const string Contract = "TransferKit.Canvas.Bytes";

    public static void Map(BytesRow from, CanvasRow to) => DetectionFactories.Map(new ImageSource(from.Source), from.Settings, to);

    public override Action<BytesRow, CanvasRow> GetMapping() => Map;
}

/// <summary>Puts an image on its square.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class CanvasImageFactory : CustomMappingFactory<ImageRow, CanvasRow>
{
    public const string Contract = "TransferKit.Canvas.Image";

    public static void Map(ImageRow from, CanvasRow to) => DetectionFactories.Map(new ImageSource(MLImages.ToPicture(from.Source)), from.Settings, to);

    public override Action<ImageRow, CanvasRow> GetMapping() => Map;
}

/// <summary>Chooses proposals and cuts them out of the maps.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class ProposalFactory : CustomMappingFactory<MapsRow, RegionsRow>
{
    public const string Contract = "TransferKit.Propose";

    public static void Map(MapsRow from, RegionsRow to) =>
        (to.Boxes, to.Regions) = SavedDetection.Parse(from.Settings).Propose(from.Maps.DenseValues().ToArray(), from.Width, from.Height);

    public override Action<MapsRow, RegionsRow> GetMapping() => Map;
}

/// <summary>Says what is where.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class DecideFactory : CustomMappingFactory<ClassifiedRow, FoundRow>
{
    public const string Contract = "TransferKit.Decide";

    public static void Map(ClassifiedRow from, FoundRow to)
    {
        var settings = SavedDetection.Parse(from.Settings);
        var found = settings.Decide(from.Boxes, from.Classified.DenseValues().ToArray(), from.Width, from.Height);
        to.Label = [.. found.Select(f => settings.Labels[f.Label - 1])];
        to.Boxes = [.. found.SelectMany(f => new[] { f.Box.Left, f.Box.Top, f.Box.Right, f.Box.Bottom })];
        to.Score = [.. found.Select(f => f.Score)];
    }

    public override Action<ClassifiedRow, FoundRow> GetMapping() => Map;
}

/// <summary>The first mapping for each kind of image column.</summary>
internal static class DetectionFactories
{
    public static IEstimator<ITransformer> Canvas(TransformsCatalog transforms, DataViewType input) => input switch
    {
        TextDataViewType => transforms.CustomMapping<PathRow, CanvasRow>(CanvasPathFactory.Map, CanvasPathFactory.Contract),
        ImageDataViewType => transforms.CustomMapping<ImageRow, CanvasRow>(CanvasImageFactory.Map, CanvasImageFactory.Contract, PreprocessFactories.Images(input)),
        _ => transforms.CustomMapping<BytesRow, CanvasRow>(CanvasBytesFactory.Map, CanvasBytesFactory.Contract),
    };

    public static void Map(ImageSource image, string settings, CanvasRow to)
    {
        var picture = image.Decode();
        (to.Canvas, to.Width, to.Height) = (MLImages.ToMLImage(SavedDetection.Parse(settings).Canvas(picture)), picture.Width, picture.Height);
    }
}
