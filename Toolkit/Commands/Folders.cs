using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Data;

namespace TransferKit.Toolkit.Commands;

/// <summary>Images from what stands on the command line.</summary>
internal static class Folders
{
    /// <summary>A folder of labelled images; what was left out or looks odd is said.</summary>
    public static ImageFolder Read(Shell shell, MLContext context, string folder)
    {
        var images = context.Data.LoadImagesFromFolder(folder);
        foreach (var skipped in images.Skipped)
            shell.Say($"Left out: {skipped.Text}");
        foreach (var remark in images.Remarks)
            shell.Say($"Note: {remark.Text}");
        return images;
    }

    /// <summary>Says which labels a classifier can never give.</summary>
    public static void Unknown(Shell shell, ImageFolder images, IReadOnlyList<string> known)
    {
        string[] unknown = [.. images.Labels.Except(known)];
        if (unknown.Length > 0)
            shell.Say($"Note: the classifier knows {string.Join(", ", known)}, but not {string.Join(", ", unknown)}; images of these count as wrong.");
    }

    /// <summary>The files named, and all those in the folders named, in order.</summary>
    public static string[] Files(IEnumerable<string> paths) =>
        [.. paths.SelectMany<string, string>(p => Directory.Exists(p) ? ImageFiles.In(p) : [p])];

    /// <summary>Tries each file; the problem is null where it is a readable image.</summary>
    public static (string File, string? Problem)[] Try(IReadOnlyList<string> files) =>
        [.. files.AsParallel().AsOrdered().Select(file =>
        {
            try
            {
                ImageDecoder.Verify(file);
                return (file, (string?)null);
            }
            catch (ImageFormatException e)
            {
                return (file, e.Message);
            }
        })];
}
