using Microsoft.ML;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>Finds the images of a folder and tries each: a broken file is named now and does not end a training hours later.</summary>
internal static class ImageFolderReader
{
    public static ImageFolder Read(DataOperationsCatalog catalog, string folder, ImageFolderOptions options)
    {
        var files = ImageFiles.In(folder);
        var findings = files.AsParallel().AsOrdered().Select(f => Examine(folder, f)).ToArray();
        FileRemark[] skipped = [.. findings.Where(f => f.Problem is not null).Select(f => new FileRemark(f.File, f.Problem!))];
        if (skipped.Length > 0 && options.Unreadable == UnreadableImages.Refuse)
            throw new ImageFormatException($"{skipped.Length} of {files.Count} files in '{folder}' cannot be used: {string.Join("; ", skipped.Select(s => s.Text))}");
        LabeledImage[] images = [.. findings.Where(f => f.Problem is null).Select(f => new LabeledImage(f.File, f.Label)).OrderBy(i => i.Label, StringComparer.Ordinal)];
        if (images.Length == 0)
            throw new ImageFormatException($"There are no images in sub-folders of '{folder}'; each class's images belong into a sub-folder of that name.");
        FileRemark[] remarks = [.. findings.Where(f => f.Remark is not null).Select(f => new FileRemark(f.File, f.Remark!))];
        return new ImageFolder(catalog, options, images, skipped, remarks);
    }

    private static (string File, string Label, string? Problem, string? Remark) Examine(string folder, string file)
    {
        string[] parts = Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar);
        if (parts.Length == 1)
            return (file, "", $"{file}: lies in no sub-folder and so has no label.", null);
        try
        {
            return (file, parts[0], null, Remark(file, ImageDecoder.Verify(file)));
        }
        catch (ImageFormatException e)
        {
            return (file, parts[0], e.Message, null);
        }
    }

    private static string? Remark(string file, string format)
    {
        string named = Path.GetExtension(file).TrimStart('.').ToUpperInvariant();
        string actual = format.ToUpperInvariant();
        bool honest = named == actual || (actual == "JPEG" && named is "JPG" or "JPE" or "JFIF");
        return actual == "GIF" ? $"{file}: a GIF; its first frame is used."
            : honest ? null : $"{file}: named .{named.ToLowerInvariant()} but is a {actual}; read as what it is.";
    }
}
