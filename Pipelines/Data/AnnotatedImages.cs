using TransferKit.Detection;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>An image with the things that a person marked in it.</summary>
/// <param name="ImagePath">The file.</param>
/// <param name="GroundTruth">What is in it; labels are counted from 1, in the order of <see cref="AnnotatedImages.Labels"/>.</param>
public sealed record AnnotatedImage(string ImagePath, IReadOnlyList<LabeledBox> GroundTruth);

/// <summary>Images with boxes, and the names of what is in them.</summary>
/// <param name="Images">The images.</param>
/// <param name="Labels">The names, in ordinal order; the first is class 1.</param>
/// <param name="Skipped">Files that were left out, and why.</param>
public sealed record AnnotatedImages(IReadOnlyList<AnnotatedImage> Images, IReadOnlyList<string> Labels, IReadOnlyList<FileRemark> Skipped)
{
    /// <summary>The number of classes, with 0 for nothing.</summary>
    public int Classes => Labels.Count + 1;

    /// <summary>The images as a trainer takes them.</summary>
    public IReadOnlyList<DetectionExample> Examples => [.. Images.Select(i => new DetectionExample(new ImageSource(i.ImagePath), i.GroundTruth))];

    /// <summary>Makes a set of images whose things have names, and gives these numbers.</summary>
    internal static AnnotatedImages Of(IReadOnlyList<(string ImagePath, IReadOnlyList<(string Label, LabeledBox Thing)> Things)> images, IReadOnlyList<FileRemark> skipped, IReadOnlyList<string>? labels)
    {
        labels ??= [.. images.SelectMany(i => i.Things).Select(t => t.Label).Distinct().Order(StringComparer.Ordinal)];
        var numbers = labels.Select((label, i) => (label, i)).ToDictionary(p => p.label, p => p.i + 1);
        return new([.. images.Select(i => new AnnotatedImage(i.ImagePath, [.. i.Things.Select(t => t.Thing with
        {
            Label = numbers.TryGetValue(t.Label, out int number) ? number
                : throw new ArgumentException($"{i.ImagePath}: the label '{t.Label}' is none of {string.Join(", ", labels)}."),
        })]))], labels, skipped);
    }
}
