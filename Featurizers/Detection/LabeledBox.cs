namespace TransferKit.Detection;

/// <summary>The ground truth of one object in an image: its box and its class.</summary>
/// <param name="Box">The box, in pixels of the image.</param>
/// <param name="Label">The class, counted from 1.</param>
public readonly record struct LabeledBox(Box Box, int Label)
{
    /// <summary>Whether the box is around several objects that were not annotated one by one (COCO's iscrowd).</summary>
    /// <remarks>Crowds are not trained on, and are ignored in evaluation.</remarks>
    public bool IsCrowd { get; init; }

    /// <summary>Whether the object is hard to recognize (Pascal VOC's difficult).</summary>
    /// <remarks>Difficult objects are trained on, as torchvision does, and are ignored in evaluation, as VOC's devkit does.</remarks>
    public bool IsDifficult { get; init; }

    /// <summary>The area of the object itself in square pixels, if it is known; null to use the area of the box.</summary>
    public float? Area { get; init; }
}
