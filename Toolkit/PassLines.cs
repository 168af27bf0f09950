using System.Diagnostics;
using TransferKit.Training;

namespace TransferKit.Toolkit;

/// <summary>A line every five seconds of a pass over the images that takes longer.</summary>
internal sealed class PassLines(Shell shell) : IProgress<PassProgress>
{
    private readonly Stopwatch _clock = new();
    private string? _pass;

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
        shell.Say($"{value.Pass}: {value.Done} of {value.Total} images");
    }
}
