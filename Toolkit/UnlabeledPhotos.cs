using System.IO.Compression;
using TransferKit.Images;

namespace TransferKit.Toolkit;

/// <summary>Photos from folders and .zip files, without labels.</summary>
internal static class UnlabeledPhotos
{
    /// <summary>All readable images; what is none is said. A source that is named twice counts twice.</summary>
    /// <exception cref="ArgumentException">There is no such folder or file.</exception>
    /// <exception cref="InvalidDataException">There are no images.</exception>
    public static IReadOnlyList<ImageSource> Read(Shell shell, IReadOnlyList<string> sources)
    {
        var found = sources.SelectMany(In).ToList();
        var problems = found.AsParallel().AsOrdered().Select(image => Problem(image.Name, image.Source)).ToList();
        foreach (string problem in problems.OfType<string>().Distinct())
            shell.Log($"Skipped: {problem}");
        ImageSource[] readable = [.. found.Where((_, i) => problems[i] is null).Select(f => f.Source)];
        return readable.Length > 0 ? readable : throw new InvalidDataException($"'{string.Join("', '", sources)}' have no images.");
    }

    private static IEnumerable<(string Name, ImageSource Source)> In(string source)
    {
        if (Directory.Exists(source))
            return ImageFiles.In(source).Select(f => (f, new ImageSource(f)));
        return File.Exists(source) ? Zipped(source) : throw new ArgumentException($"There is no folder and no .zip file '{source}'.");
    }

    // A zip file takes one reader at a time; its small images are kept as they are in it.
    private static List<(string Name, ImageSource Source)> Zipped(string path)
    {
        using var zip = ZipFile.OpenRead(path);
        var images = new List<(string, ImageSource)>();
        foreach (var entry in zip.Entries.Where(e => e.Name.Length > 0 && e.Name[0] != '.').OrderBy(e => e.FullName, StringComparer.Ordinal))
            images.Add(($"{path}, {entry.FullName}", new ImageSource(entry.ReadAllBytes())));
        return images;
    }

    private static string? Problem(string name, ImageSource image)
    {
        try
        {
            image.Decode();
            return null;
        }
        catch (ImageFormatException e)
        {
            return e.Message.Contains(name, StringComparison.Ordinal) ? e.Message : $"{name}: {e.Message}";
        }
    }
}
