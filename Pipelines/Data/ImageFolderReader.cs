using Microsoft.ML;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>Finds the images of a folder and checks each, so that a broken file is reported now instead of hours into a training.</summary>
internal static class ImageFolderReader
{
    public static ImageFolder Read(
        DataOperationsCatalog catalog, string folder, ImageFolderOptions options, CancellationToken cancellationToken)
    {
        var files = ImageFiles.In(folder);
        CheckedFile[] results = [.. files.AsParallel().AsOrdered().WithCancellation(cancellationToken).Select(f => Check(folder, f))];
        FileRemark[] skipped = [.. results.Where(r => r.Problem is not null).Select(r => new FileRemark(r.File, r.Problem!))];
        if (skipped.Length > 0 && options.Unreadable == UnreadableImages.Refuse)
        {
            string problems = string.Join("; ", skipped.Select(s => s.Text));
            throw new ImageFormatException($"{skipped.Length} of {files.Count} files in '{folder}' cannot be used: {problems}");
        }
        var readable = results.Where(r => r.Problem is null);
        LabeledImage[] images =
            [.. readable.Select(r => new LabeledImage(r.File, r.Label)).OrderBy(i => i.Label, StringComparer.Ordinal)];
        if (images.Length == 0)
            throw new ImageFormatException(
                $"There are no images in subfolders of '{folder}'. Put each class's images in a subfolder named after it.");
        FolderLayout.RefuseFoldersOfClasses(folder, images);
        var remarks = results.Where(r => r.Remark is not null).Select(r => new FileRemark(r.File, r.Remark!)).ToList();
        if (FolderLayout.DeeperImages(folder, images) is { } deeper)
            remarks.Add(deeper);
        return new ImageFolder(catalog, options, images, skipped, remarks);
    }

    // The problem is null for a readable image, the remark for one that is what its name says.
    private sealed record CheckedFile(string File, string Label, string? Problem, string? Remark);

    private static CheckedFile Check(string folder, string file)
    {
        string[] parts = Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar);
        if (parts.Length == 1)
            return new(file, "", $"{file}: it is in no subfolder and therefore has no label.", null);
        try
        {
            return new(file, parts[0], null, Remark(file, ImageDecoder.Verify(file)));
        }
        catch (ImageFormatException e)
        {
            return new(file, parts[0], e.Message, null);
        }
    }

    private static string? Remark(string file, string format)
    {
        string extension = Path.GetExtension(file).TrimStart('.').ToUpperInvariant();
        string actual = format.ToUpperInvariant();
        if (actual == "GIF")
            return $"{file}: a GIF, of which the first frame is used.";
        bool matches = extension == actual || (actual == "JPEG" && extension is "JPG" or "JPE" or "JFIF");
        return matches ? null : $"{file}: named .{extension.ToLowerInvariant()}, but read as {actual} because of its content.";
    }
}
