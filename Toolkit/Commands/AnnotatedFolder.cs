using System.CommandLine;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>Photos with boxes from what stands on the command line.</summary>
internal static class AnnotatedFolder
{
    public static Argument<DirectoryInfo> Argument() =>
        new Argument<DirectoryInfo>("DIR") { Description = "A folder of photos with Pascal VOC annotations, or of those that --annotations names." }.AcceptExistingOnly();

    /// <summary>What <c>--annotations</c> is.</summary>
    public const string Annotations = "A JSON file in COCO's form with the boxes of the photos in DIR.";

    public static Option<FileInfo> FileOption(string name, string description) => new Option<FileInfo>(name) { Description = description }.AcceptExistingOnly();

    /// <summary>Reads them; what was left out is said.</summary>
    /// <exception cref="InvalidDataException">An annotation is malformed, or there is nothing.</exception>
    public static AnnotatedImages Read(Shell shell, DirectoryInfo folder, FileInfo? annotations, FileInfo? list, IReadOnlyList<string>? labels)
    {
        if (annotations is not null && list is not null)
            throw new ArgumentException($"'{annotations}' names its photos itself; the list '{list}' goes with Pascal VOC's form.");
        var images = annotations is null ? PascalVocReader.Read(folder.FullName, list?.FullName, labels) : CocoReader.Read(annotations.FullName, folder.FullName, labels);
        foreach (var skipped in images.Skipped)
            shell.Log($"Skipped: {skipped.Text}");
        return images;
    }
}
