using System.CommandLine;
using TransferKit.Images;

namespace TransferKit.Toolkit.Commands;

/// <summary>An image file of a command line.</summary>
/// <param name="Path">The path of the file.</param>
/// <param name="Label">The name of the class's folder, which is directly in the named folder; empty where there is none.</param>
/// <param name="IsNamed">Whether the file itself is named, not a folder that holds it.</param>
internal sealed record ImageArgument(string Path, string Label, bool IsNamed);

/// <summary>The arguments of commands that read images without regard to labels: files, and folders of them.</summary>
internal static class ImageArguments
{
    /// <summary>Creates the argument.</summary>
    public static Argument<string[]> Create() =>
        new("FILE|DIR") { Description = "Images, or folders of them.", Arity = ArgumentArity.OneOrMore };

    /// <summary>Returns the named files and all files of the named folders, in order.</summary>
    public static ImageArgument[] Expand(IEnumerable<string> paths) => [.. paths.SelectMany(Expand)];

    /// <summary>Leaves out the files of folders that are no images, such as Thumbs.db, and logs them; named files must be images.</summary>
    /// <param name="output">Receives the messages.</param>
    /// <param name="images">The files.</param>
    /// <param name="results">The result of each file.</param>
    /// <param name="problem">Returns why the file of a result is not readable, or null.</param>
    /// <exception cref="ImageFormatException">No result is left.</exception>
    public static T[] LeaveOutStrays<T>(
        CommandOutput output, IReadOnlyList<ImageArgument> images, IReadOnlyList<T> results, Func<T, string?> problem)
    {
        var strays = images.Zip(results).ToLookup(r => !r.First.IsNamed && problem(r.Second) is not null, r => r.Second);
        foreach (var stray in strays[true])
            output.Log($"Skipped: {problem(stray)}");
        return strays.Contains(false) ? [.. strays[false]]
            : throw new ImageFormatException("There are no readable images in the given folders.");
    }

    private static IEnumerable<ImageArgument> Expand(string path) =>
        Directory.Exists(path) ? ImageFiles.In(path).Select(f => new ImageArgument(f, Label(path, f), false)) : [new(path, "", true)];

    private static string Label(string folder, string file)
    {
        string[] levels = Path.GetRelativePath(folder, file).Split(Path.DirectorySeparatorChar);
        return levels.Length > 1 ? levels[0] : "";
    }
}
