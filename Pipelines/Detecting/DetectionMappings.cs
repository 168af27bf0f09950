using System.Runtime.InteropServices;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferKit.Detection;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Detecting;

/// <summary>The custom mappings of a saved detector: the steps outside of its two networks.</summary>
internal static class DetectionMappings
{
    /// <summary>The contract names of the mappings. Saved models hold them.</summary>
    public const string SquareContract = "TransferKit.Canvas", ProposeContract = "TransferKit.Propose",
        SelectContract = "TransferKit.Decide";

    /// <summary>The first mapping, for a type of image column.</summary>
    public static IEstimator<ITransformer> Square(TransformsCatalog transforms, DataViewType imageType) =>
        ImageMapping.Create<SquareRow>(transforms, imageType, Square, SquareContract);

    /// <summary>Resizes an image and pads it to a square.</summary>
    public static void Square(ImageSource image, string settings, SquareRow result)
    {
        var picture = image.Decode();
        var square = DetectorSettings.Parse(settings).Steps.Transform.ToSquare(picture);
        (result.Image, result.Width, result.Height) = (MLImages.ToMLImage(square), picture.Width, picture.Height);
    }

    /// <summary>Selects proposals and pools their features.</summary>
    public static void Propose(ProposalOutputsRow row, RegionsRow result)
    {
        var steps = DetectorSettings.Parse(row.Settings).Steps;
        float[] outputs = [.. row.Outputs.DenseValues()];
        var proposals = steps.Propose(outputs, steps.Transform.ResizedSize(row.Width, row.Height));
        result.Proposals = MemoryMarshal.Cast<Box, float>(proposals).ToArray();
        result.Regions = new float[DetectionColumns.MaxProposals * DetectionColumns.RegionCount];
        steps.Pool(outputs, proposals, result.Regions);
    }

    /// <summary>Selects detections, in pixels of the image.</summary>
    public static void Select(BoxHeadOutputsRow row, DetectionsRow result)
    {
        var settings = DetectorSettings.Parse(row.Settings);
        var steps = settings.Steps;
        Box[] proposals = [.. MemoryMarshal.Cast<float, Box>(row.Proposals)];
        float[] outputs = [.. row.Outputs.DenseValues()];
        int count = proposals.Length * (outputs.Length / DetectionColumns.MaxProposals);
        var detections = steps.Select(proposals, outputs.AsSpan(0, count), steps.Transform.ResizedSize(row.Width, row.Height));
        result.Set(steps.Transform.Postprocess(detections, row.Width, row.Height), settings.Labels);
    }
}

/// <summary>Pads images of paths to a square.</summary>
[CustomMappingFactoryAttribute(DetectionMappings.SquareContract + ImageMapping.Path)]
internal sealed class SquarePathFactory() : ImageMappingFactory<PathRow, SquareRow>(DetectionMappings.Square);

/// <summary>Pads images of encoded bytes to a square.</summary>
[CustomMappingFactoryAttribute(DetectionMappings.SquareContract + ImageMapping.Bytes)]
internal sealed class SquareBytesFactory() : ImageMappingFactory<BytesRow, SquareRow>(DetectionMappings.Square);

/// <summary>Pads decoded images to a square.</summary>
[CustomMappingFactoryAttribute(DetectionMappings.SquareContract + ImageMapping.Image)]
internal sealed class SquareImageFactory() : ImageMappingFactory<ImageRow, SquareRow>(DetectionMappings.Square);

/// <summary>Selects proposals and pools their features.</summary>
[CustomMappingFactoryAttribute(DetectionMappings.ProposeContract)]
internal sealed class ProposeFactory : CustomMappingFactory<ProposalOutputsRow, RegionsRow>
{
    public override Action<ProposalOutputsRow, RegionsRow> GetMapping() => DetectionMappings.Propose;
}

/// <summary>Selects detections.</summary>
[CustomMappingFactoryAttribute(DetectionMappings.SelectContract)]
internal sealed class SelectFactory : CustomMappingFactory<BoxHeadOutputsRow, DetectionsRow>
{
    public override Action<BoxHeadOutputsRow, DetectionsRow> GetMapping() => DetectionMappings.Select;
}
