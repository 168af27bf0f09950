using System.CommandLine;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>Photos with boxes from what stands on the command line.</summary>
internal static class MarkedFolder
{
    public static Argument<DirectoryInfo> Argument() =>
        new Argument<DirectoryInfo>("DIR") { Description = "A folder of photos with Pascal VOC annotations, or of those that --annotations names." }.AcceptExistingOnly();

    public static Option<FileInfo> ListOption(string name, string description) => new Option<FileInfo>(name) { Description = description }.AcceptExistingOnly();

    public static Option<FileInfo> AnnotationsOption() => new Option<FileInfo>("--annotations") { Description = "A JSON file in COCO's form with the boxes of the photos in DIR." }.AcceptExistingOnly();

    /// <summary>Reads them; what was left out is said.</summary>
    /// <exception cref="InvalidDataException">An annotation is malformed, or there is nothing.</exception>
    public static MarkedImages Read(Shell shell, DirectoryInfo folder, FileInfo? annotations, FileInfo? list, IReadOnlyList<string>? labels)
    {
        if (annotations is not null && list is not null)
            throw new ArgumentException($"--annotations {annotations} names its photos itself; a list of them goes with Pascal VOC's form.");
        var images = annotations is null ? PascalVocReader.Read(folder.FullName, list?.FullName, labels) : CocoReader.Read(annotations.FullName, folder.FullName, labels);
        foreach (var skipped in images.Skipped)
            shell.Say($"Left out: {skipped.Text}");
        return images;
    }
}
