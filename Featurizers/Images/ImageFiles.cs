using System.IO.Enumeration;

namespace TransferKit.Images;

/// <summary>Lists the files of a folder.</summary>
public static class ImageFiles
{
    /// <summary>
    /// Lists all files below a folder, in ordinal order of their paths. Files and folders whose name begins with a dot are left out, as the
    /// operating system creates them (.DS_Store). Links to folders are not followed, because they may form a cycle.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder may not be read.</exception>
    public static IReadOnlyList<string> In(string folder)
    {
        if (!Directory.Exists(folder))
            throw new DirectoryNotFoundException($"There is no folder '{folder}'.");
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true,
            IgnoreInaccessible = false,
            AttributesToSkip = FileAttributes.None,
        };
        var files = new FileSystemEnumerable<string>(folder, (ref FileSystemEntry entry) => entry.ToSpecifiedFullPath(), options)
        {
            ShouldIncludePredicate = (ref FileSystemEntry entry) => !entry.IsDirectory && !IsHidden(ref entry),
            ShouldRecursePredicate = (ref FileSystemEntry entry) =>
                !IsHidden(ref entry) && !entry.Attributes.HasFlag(FileAttributes.ReparsePoint),
        };
        return [.. files.Order(StringComparer.Ordinal)];
    }

    private static bool IsHidden(ref FileSystemEntry entry) => entry.FileName.StartsWith('.');
}
