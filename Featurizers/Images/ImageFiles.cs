using System.IO.Enumeration;

namespace TransferKit.Images;

/// <summary>Lists the files of a folder.</summary>
public static class ImageFiles
{
    private static readonly EnumerationOptions Everything = new() { IgnoreInaccessible = false, AttributesToSkip = FileAttributes.None };

    /// <summary>
    /// Lists all files below a folder, in ordinal order of their paths. Files and folders whose name begins with a dot are left out, as the
    /// operating system creates them (.DS_Store). Links to files and folders are followed, except a link to a folder that contains it.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IReadOnlyList<string> In(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        var files = new List<string>();
        AddFiles(folder, [], files);
        files.Sort(StringComparer.Ordinal);
        return files;
    }

    // Folders are told apart by their real paths: a path through a link that leads back would grow without end.
    private static void AddFiles(string folder, HashSet<string> containing, List<string> files)
    {
        string realPath = RealPath(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (!containing.Add(realPath))
            return;
        var entries = new FileSystemEnumerable<(string Path, bool IsFolder)>(
            folder, (ref FileSystemEntry entry) => (entry.ToSpecifiedFullPath(), entry.IsDirectory), Everything)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.FileName.StartsWith('.'),
        };
        foreach (var (path, isFolder) in entries)
        {
            if (isFolder)
                AddFiles(path, containing, files);
            else
                files.Add(path);
        }
        containing.Remove(realPath);
    }

    // Any folder of a path, and of a link's target, may be a link itself.
    private static string RealPath(string path)
    {
        if (Path.GetDirectoryName(path) is not { } parent)
            return path;
        string real = Path.Combine(RealPath(parent), Path.GetFileName(path));
        return Directory.ResolveLinkTarget(real, returnFinalTarget: true) is { } target ? RealPath(target.FullName) : real;
    }
}
