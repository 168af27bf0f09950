using System.CommandLine;

namespace TransferKit.Toolkit.Commands;

/// <summary><c>transferkit detect ...</c>: object detection.</summary>
internal static class DetectCommand
{
    public static Command Create(TextWriter output, TextWriter error) =>
        new("detect", "Detect objects in images: train a detector on your own boxes, use it, evaluate it.")
        {
            DetectTrainCommand.Create(output, error),
            DetectPredictCommand.Create(output, error),
            DetectEvaluateCommand.Create(output, error),
        };
}
