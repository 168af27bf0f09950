using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect ...</c>: what is where in photos.</summary>
internal static class DetectCommand
{
    public static Command Create(TextWriter output, TextWriter error) => new("detect", "Find things in photos: train a detector on boxes of your own.")
    {
        DetectTrainCommand.Create(output, error),
    };
}
