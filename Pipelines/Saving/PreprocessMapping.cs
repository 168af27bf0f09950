using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Pipelines.Saving;

/// <summary>The custom mapping that resizes and crops images in a saved featurizer.</summary>
internal static class PreprocessMapping
{
    public const string Contract = "TransferKit.Preprocess";

    public static IEstimator<ITransformer> Create(TransformsCatalog transforms, DataViewType imageType) =>
        ImageMapping.Create<CropRow>(transforms, imageType, Map, Contract);

    public static void Map(ImageSource image, string settings, CropRow result) =>
        result.Crop = MLImages.ToMLImage(image.ResizeAndCrop(PreprocessingSettings.Parse(settings)));
}

/// <summary>Preprocesses images of paths.</summary>
[CustomMappingFactoryAttribute(PreprocessMapping.Contract + ImageMapping.Path)]
internal sealed class PreprocessPathFactory() : ImageMappingFactory<PathRow, CropRow>(PreprocessMapping.Map);

/// <summary>Preprocesses images of encoded bytes.</summary>
[CustomMappingFactoryAttribute(PreprocessMapping.Contract + ImageMapping.Bytes)]
internal sealed class PreprocessBytesFactory() : ImageMappingFactory<BytesRow, CropRow>(PreprocessMapping.Map);

/// <summary>Preprocesses decoded images.</summary>
[CustomMappingFactoryAttribute(PreprocessMapping.Contract + ImageMapping.Image)]
internal sealed class PreprocessImageFactory() : ImageMappingFactory<ImageRow, CropRow>(PreprocessMapping.Map);
