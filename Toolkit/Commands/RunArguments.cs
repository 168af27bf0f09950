using System.CommandLine;
using TransferKit.Toolkit.Reports;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of every command that writes a run folder.</summary>
internal sealed class RunArguments
{
    private readonly Option<DirectoryInfo> _folder = new("--out")
    {
        Description = "The run folder to write.",
        DefaultValueFactory = _ => new DirectoryInfo("run"),
    };

    private readonly Option<bool> _resume = new("--resume")
    {
        Description = "Resume the training in the run folder from its last epoch, if it was interrupted or is given more epochs.",
    };

    private readonly Option<bool> _force = Overwriting.ForceOption();

    public void AddTo(Command command)
    {
        command.Options.Add(_folder);
        command.Options.Add(_resume);
        command.Options.Add(_force);
    }

    /// <summary>Returns the run folder, and sets where the training keeps its checkpoint and whether it resumes.</summary>
    /// <exception cref="ArgumentException">
    /// A run is to be both resumed and replaced, or the initial weights are in the run folder, whose files are replaced.
    /// </exception>
    /// <exception cref="IOException">The folder holds a run that would be overwritten, or cannot be written.</exception>
    public RunFolder Read(ParseResult parsed, TrainingOptions options)
    {
        var files = new RunFolder(parsed.GetValue(_folder)!.FullName);
        if (options.Weights is { } weights && IsIn(files.Folder, weights))
            throw new ArgumentException($"--weights {weights} is in the run folder that --out names, whose files this run replaces: "
                + "give --out another folder.");
        (options.WorkspacePath, options.Resume) = (files.Folder, parsed.GetValue(_resume));
        if (options.Resume)
            IgnoredOption.Refuse(parsed, _force, "with --resume");
        files.Check(options.Resume, parsed.GetValue(_force));
        return files;
    }

    private static bool IsIn(string folder, string path)
    {
        string parent = Directory.Exists(path) ? path : File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : "";
        return parent.Length > 0 && Normalize(parent) == Normalize(folder);

        static string Normalize(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
    }
}
