using System.Diagnostics;
using TransferKit.Training;

namespace TransferKit.Toolkit;

/// <summary>A line for each epoch of a training, and every five seconds one of a pass over the images that takes longer.</summary>
internal sealed class TrainingLines(Shell shell) : IProgress<PassProgress>, IProgress<EpochMetrics>
{
    private readonly Stopwatch _clock = new();
    private string? _pass;

    public void Report(EpochMetrics value) => shell.Log(value.ToString());

    public void Report(PassProgress value)
    {
        if (value.Pass != _pass)
        {
            _pass = value.Pass;
            _clock.Restart();
        }
        if (_clock.Elapsed.TotalSeconds < 5 || value.Done == value.Total)
            return;
        _clock.Restart();
        shell.Log($"{value.Pass}: {value.Done} of {value.Total} images");
    }
}
