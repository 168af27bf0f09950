using System.CommandLine;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary>The option <c>--force</c>, without which files of an earlier command are not overwritten.</summary>
internal static class Overwriting
{
    /// <summary>Creates the option.</summary>
    public static Option<bool> ForceOption() => new("--force") { Description = "Replace the files of an earlier run." };

    /// <summary>Checks that files can be written, and that they do not exist.</summary>
    /// <param name="force">Whether files that exist are replaced.</param>
    /// <param name="paths">The paths of the files.</param>
    /// <exception cref="IOException">A file exists, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">A folder is not writable.</exception>
    public static void Check(bool force, params IEnumerable<string> paths)
    {
        foreach (string path in paths)
            AtomicFile.Check(path);
        string[] existing = force ? [] : [.. paths.Where(File.Exists).Select(path => $"'{path}'")];
        if (existing.Length > 0)
            throw new IOException($"{string.Join(" and ", existing)} {(existing.Length == 1 ? "exists" : "exist")} already: "
                + "replace with --force, or give another name with --out.");
    }
}
