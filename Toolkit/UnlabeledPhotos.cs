using System.IO.Compression;
using TransferKit.Images;

namespace TransferKit.Toolkit;

/// <summary>Reads images without labels from folders and .zip files.</summary>
internal static class UnlabeledPhotos
{
    /// <summary>Reads all images, and prints which files are not readable images. A source that is given twice counts twice.</summary>
    /// <exception cref="ArgumentException">A folder or file does not exist.</exception>
    /// <exception cref="InvalidDataException">There are no images.</exception>
    public static IReadOnlyList<ImageSource> Read(CommandOutput output, IReadOnlyList<string> sources)
    {
        var files = sources.SelectMany(Files).ToList();
        var problems = files.AsParallel().AsOrdered().Select(file => Problem(file.Name, file.Image)).ToList();
        foreach (string problem in problems.OfType<string>().Distinct())
            output.Log($"Skipped: {problem}");
        ImageSource[] readable = [.. files.Where((_, i) => problems[i] is null).Select(f => f.Image)];
        return readable.Length > 0 ? readable
            : throw new InvalidDataException($"There are no readable images in '{string.Join("', '", sources)}'.");
    }

    private static IEnumerable<(string Name, ImageSource Image)> Files(string source)
    {
        if (Directory.Exists(source))
            return ImageFiles.In(source).Select(file => (file, new ImageSource(file)));
        return File.Exists(source) ? Entries(source) : throw new ArgumentException($"There is no folder or .zip file '{source}'.");
    }

    // A zip file allows one reader at a time, so its entries are read into memory, still encoded.
    private static List<(string Name, ImageSource Image)> Entries(string path)
    {
        using var zip = Open(path);
        var images = new List<(string, ImageSource)>();
        var files = zip.Entries.Where(e => e.Name.Length > 0 && e.Name[0] != '.').OrderBy(e => e.FullName, StringComparer.Ordinal);
        foreach (var entry in files)
        {
            using var reader = new BinaryReader(entry.Open());
            images.Add(($"{path}, {entry.FullName}", new ImageSource(reader.ReadBytes((int)entry.Length))));
        }
        return images;
    }

    private static ZipArchive Open(string path)
    {
        try
        {
            return ZipFile.OpenRead(path);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is not a zip file: give a folder of images or a .zip file.", e);
        }
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
