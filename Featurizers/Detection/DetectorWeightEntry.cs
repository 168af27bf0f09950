using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Detection;

/// <summary>Published weights of a detector that was trained on COCO's 80 classes.</summary>
/// <param name="Tag">The name, such as <c>COCO_V1</c>.</param>
/// <param name="Url">The address of the published file.</param>
/// <param name="MeanAveragePrecision">
/// Published mean average precision on COCO's validation images of 2017, in percent, over IoU thresholds from 0.5 to 0.95.
/// </param>
public sealed record DetectorWeightEntry(string Tag, Uri Url, double MeanAveragePrecision)
    : WeightEntry(Tag, Url, Preprocessing.ImageNet, "COCO", Acc1: null, Acc5: null)
{
    /// <summary>The epsilon of batch normalization that the weights were published with, if the architecture has another.</summary>
    internal double? Epsilon { get; init; }

    /// <summary>torchvision's weights for COCO.</summary>
    internal static DetectorWeightEntry Coco(string file, double meanAveragePrecision) =>
        new("COCO_V1", PyTorchHub(file), meanAveragePrecision);
}
