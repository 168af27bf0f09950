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
    /// <exception cref="ArgumentException">A run is to be both resumed and replaced.</exception>
    /// <exception cref="IOException">The folder holds a run that would be overwritten, or cannot be written.</exception>
    public RunFolder Read(ParseResult parsed, TrainingOptions options)
    {
        var files = new RunFolder(parsed.GetValue(_folder)!.FullName);
        (options.WorkspacePath, options.Resume) = (files.Folder, parsed.GetValue(_resume));
        if (options.Resume)
            IgnoredOption.Refuse(parsed, _force, "with --resume");
        files.Check(options.Resume, parsed.GetValue(_force));
        return files;
    }
}
