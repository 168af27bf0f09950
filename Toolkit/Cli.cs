using System.CommandLine;
using TransferKit.Images;
using TransferKit.Toolkit.Commands;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Toolkit;

/// <summary>The <c>transferkit</c> command: exit code 0 when done, 1 when it failed, 2 for wrong usage.</summary>
internal static class Cli
{
    public const int Done = 0, Failed = 1, WrongUsage = 2;

    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand("Transfer learning on images for ML.NET: train a classifier on a folder of labeled photos, and use it.")
        {
            DemoCommand.Create(output, error), TrainCommand.Create(output, error), FinetuneCommand.Create(output, error), CompareCommand.Create(output, error), DistillCommand.Create(output, error),
            EvaluateCommand.Create(output, error), PredictCommand.Create(output, error), ExplainCommand.Create(output, error), ServeCommand.Create(output), DetectCommand.Create(output, error),
            SampleCommand.Create(output, error), DatasetCommand.Create(output, error), EmbedCommand.Create(output, error), ModelsCommand.Create(output, error), SummaryCommand.Create(output, error),
            ExportCommand.Create(output, error),
        };
        var parsed = root.Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (var problem in parsed.Errors)
                error.WriteLine(problem.Message);
            error.WriteLine("`transferkit --help` and `transferkit COMMAND --help` say what is right.");
            return WrongUsage;
        }
        try
        {
            return parsed.Invoke(new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        }
        catch (Exception e) when (IsExpected(e))
        {
            error.WriteLine(e.Message);
            return e.GetType() == typeof(ArgumentException) ? WrongUsage : Failed;
        }
    }

    // What a user can bring about and set right. Anything else is a defect of ours and keeps its stack trace.
    private static bool IsExpected(Exception e) =>
        e.GetType() == typeof(ArgumentException)
        || e is InvalidDataException or IOException or UnauthorizedAccessException or ImageFormatException or DownloadException or DllNotFoundException or TrainingException or OperationCanceledException;
}
