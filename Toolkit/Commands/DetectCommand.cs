using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect ...</c>: what is where in photos.</summary>
internal static class DetectCommand
{
    public static Command Create(TextWriter output, TextWriter error) => new("detect", "Find things in photos: train a detector on boxes of your own, use it, test it.")
    {
        DetectTrainCommand.Create(output, error), DetectPredictCommand.Create(output, error), DetectEvaluateCommand.Create(output, error),
    };
}
