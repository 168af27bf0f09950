using System.CommandLine;
using System.CommandLine.Parsing;
using TransferKit.Images;
using TransferKit.Toolkit.Commands;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Toolkit;

/// <summary>The command line <c>transferkit</c>.</summary>
internal static class Cli
{
    /// <summary>The exit codes: success, an error while running, and wrong arguments.</summary>
    public const int Done = 0, Failed = 1, WrongUsage = 2;

    /// <summary>Parses the arguments and runs the command that they name.</summary>
    /// <param name="args">The arguments, without the name of the program.</param>
    /// <param name="output">Receives the result.</param>
    /// <param name="error">Receives messages, progress and errors.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = CreateRoot(output, error).Parse(args);
        var problems = UsageErrors.Of(parsed);
        if (problems.Count > 0)
        {
            foreach (string problem in problems)
                error.WriteLine(problem);
            error.WriteLine($"See `{CommandName(parsed.CommandResult)} --help`.");
            return WrongUsage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (IsExpected(e))
        {
            error.WriteLine(MessageOf(e));
            return e.GetType() == typeof(ArgumentException) ? WrongUsage : Failed;
        }
    }

    /// <summary>Creates the command with all its subcommands.</summary>
    /// <param name="output">Receives the result.</param>
    /// <param name="error">Receives messages, progress and errors.</param>
    public static RootCommand CreateRoot(TextWriter output, TextWriter error) =>
        new("Transfer learning on images for ML.NET: train image classifiers and object detectors on your images, evaluate and use them.")
        {
            DemoCommand.Create(output, error),
            TrainCommand.Create(output, error),
            FinetuneCommand.Create(output, error),
            CompareCommand.Create(output, error),
            DistillCommand.Create(output, error),
            EvaluateCommand.Create(output, error),
            PredictCommand.Create(output, error),
            ExplainCommand.Create(output, error),
            ServeCommand.Create(output),
            DetectCommand.Create(output, error),
            SampleCommand.Create(output, error),
            DatasetCommand.Create(output, error),
            EmbedCommand.Create(output, error),
            ModelsCommand.Create(output, error),
            SummaryCommand.Create(output, error),
            ExportCommand.Create(output, error),
        };

    // The command as a user types it: "transferkit detect train".
    private static string CommandName(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{CommandName(parent)} {command.Command.Name}" : "transferkit";

    // Without the parameter of the method that .NET appends, which users of the command do not know.
    private static string MessageOf(Exception e) => e is ArgumentException { ParamName: { } parameter }
        ? e.Message.Replace($" (Parameter '{parameter}')", "", StringComparison.Ordinal) : e.Message;

    // Errors that a user can cause and correct. Any other exception is a bug and keeps its stack trace.
    private static bool IsExpected(Exception e) =>
        e.GetType() == typeof(ArgumentException)
        || e is InvalidDataException or IOException or UnauthorizedAccessException or OperationCanceledException
            or ImageFormatException or DownloadException or TrainingException or DllNotFoundException;
}
