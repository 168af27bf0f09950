using System.CommandLine;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>The arguments of commands that read annotated images.</summary>
internal static class AnnotatedFolder
{
    /// <summary>The description of <c>--annotations</c>.</summary>
    public const string AnnotationsDescription = "JSON file in COCO's format with the boxes of the images in DIR.";

    /// <summary>The argument DIR.</summary>
    public static Argument<DirectoryInfo> Argument() => new Argument<DirectoryInfo>("DIR")
    {
        Description = "Folder of images with Pascal VOC annotations, or of the images that --annotations names.",
    }.AcceptExistingOnly();

    /// <summary>An option that is an existing file.</summary>
    public static Option<FileInfo> FileOption(string name, string description) =>
        new Option<FileInfo>(name) { Description = description }.AcceptExistingOnly();

    /// <summary>Reads the annotated images, and prints what was skipped.</summary>
    /// <param name="output">Prints what was skipped.</param>
    /// <param name="folder">The folder of images.</param>
    /// <param name="annotations">The JSON file in COCO's format; null for Pascal VOC's.</param>
    /// <param name="list">The names of the images to read; null for all.</param>
    /// <param name="labels">The names of the classes in order; null for those that occur.</param>
    /// <exception cref="ArgumentException">There are both annotations in COCO's format and a list.</exception>
    /// <exception cref="InvalidDataException">An annotation is malformed, or there are no images.</exception>
    public static AnnotatedImages Read(CommandOutput output, DirectoryInfo folder, FileInfo? annotations, FileInfo? list,
        IReadOnlyList<string>? labels)
    {
        if (annotations is not null && list is not null)
            throw new ArgumentException(
                $"The list '{list}' is invalid with --annotations: '{annotations}' lists its images itself.");
        var images = annotations is null ? PascalVocReader.Read(folder.FullName, list?.FullName, labels)
            : CocoReader.Read(annotations.FullName, folder.FullName, labels);
        output.LogSkipped(images.Skipped);
        return images;
    }
}
