using System.Diagnostics;
using TransferKit.Training;

namespace TransferKit.Toolkit;

/// <summary>Prints a line for each epoch of a training, and every five seconds one for a pass over the images that takes longer.</summary>
/// <param name="output">Prints the lines.</param>
internal sealed class TrainingProgress(CommandOutput output) : IProgress<PassProgress>, IProgress<EpochMetrics>
{
    private const double SecondsBetweenLines = 5;
    private readonly Stopwatch _sinceLastLine = new();
    private string? _pass;

    public void Report(EpochMetrics value) => output.Log(value.ToString());

    public void Report(PassProgress value)
    {
        if (value.Pass != _pass)
        {
            _pass = value.Pass;
            _sinceLastLine.Restart();
        }
        if (_sinceLastLine.Elapsed.TotalSeconds < SecondsBetweenLines || value.Done == value.Total)
            return;
        _sinceLastLine.Restart();
        output.Log($"{value.Pass}: {value.Done} of {value.Total} images");
    }
}
