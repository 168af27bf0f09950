using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>An annotated image: the boxes and classes of the objects in it.</summary>
/// <param name="ImagePath">The image file.</param>
/// <param name="GroundTruth">The objects; classes are counted from 1, in the order of <see cref="AnnotatedImages.Labels"/>.</param>
public sealed record AnnotatedImage(string ImagePath, IReadOnlyList<LabeledBox> GroundTruth);

/// <summary>A dataset of annotated images for object detection.</summary>
/// <param name="Images">The images.</param>
/// <param name="Labels">The names of the classes; the first one is class 1.</param>
/// <param name="Skipped">The files that were skipped, and why.</param>
public sealed record AnnotatedImages(IReadOnlyList<AnnotatedImage> Images, IReadOnlyList<string> Labels, IReadOnlyList<FileRemark> Skipped)
{
    /// <summary>The number of classes, including the background.</summary>
    public int Classes => Labels.Count + 1;

    /// <summary>The images as examples for <see cref="DetectorTrainer"/>.</summary>
    public IReadOnlyList<DetectionExample> Examples =>
        [.. Images.Select(i => new DetectionExample(new ImageSource(i.ImagePath), i.GroundTruth))];

    /// <summary>Makes a dataset of images whose objects have labels by name.</summary>
    /// <param name="images">The image files, and the objects in each.</param>
    /// <param name="skipped">The files that were skipped.</param>
    /// <param name="labels">The names of the classes in order; null for those that occur, in ordinal order.</param>
    /// <exception cref="ArgumentException">An object has another label.</exception>
    internal static AnnotatedImages Of(IReadOnlyList<(string ImagePath, IReadOnlyList<(string Label, LabeledBox Object)> Objects)> images,
        IReadOnlyList<FileRemark> skipped, IReadOnlyList<string>? labels)
    {
        labels ??= [.. images.SelectMany(i => i.Objects).Select(o => o.Label).Distinct().Order(StringComparer.Ordinal)];
        var numbers = labels.Select((label, i) => (label, Number: i + 1)).ToDictionary(p => p.label, p => p.Number);
        var annotated = images.Select(i => new AnnotatedImage(i.ImagePath, [.. i.Objects.Select(o => Numbered(i.ImagePath, o))]));
        return new([.. annotated], labels, skipped);

        LabeledBox Numbered(string imagePath, (string Label, LabeledBox Object) named) => named.Object with
        {
            Label = numbers.TryGetValue(named.Label, out int number) ? number
                : throw new ArgumentException($"{imagePath}: the label '{named.Label}' is none of {string.Join(", ", labels)}."),
        };
    }
}
