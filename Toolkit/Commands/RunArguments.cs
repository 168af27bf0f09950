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
        Description = "Resume the training in the run folder from its last epoch, if it was interrupted.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_folder);
        command.Options.Add(_resume);
    }

    /// <summary>Returns the run folder, and sets where the training keeps its checkpoint and whether it resumes.</summary>
    public RunFolder Read(ParseResult parsed, TrainingOptions options)
    {
        var files = new RunFolder(parsed.GetValue(_folder)!.FullName);
        (options.WorkspacePath, options.Resume) = (files.Folder, parsed.GetValue(_resume));
        return files;
    }
}
