using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace TransferKit.Toolkit;

/// <summary>Writes progress as a line every two seconds: images done, images per second, time left.</summary>
/// <param name="error">Where the lines go.</param>
/// <param name="task">The name of the work.</param>
/// <param name="total">The number of images.</param>
internal sealed class PlainProgress(TextWriter error, string task, int total) : IProgress<int>
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _lastSeconds;

    public void Report(int value)
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        if (value < total && seconds - _lastSeconds < 2)
            return;
        _lastSeconds = seconds;
        double rate = value / seconds;
        double secondsLeft = Math.Max(0, total - value) / rate;
        error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{task}: {value} of {total} images, {rate:0.0} images/s, {secondsLeft:0} s left"));
    }
}

/// <summary>Shows progress as a bar on a terminal, with images done and images per second.</summary>
/// <param name="bar">The bar.</param>
/// <param name="task">The name of the work.</param>
internal sealed class BarProgress(ProgressTask bar, string task) : IProgress<int>
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public void Report(int value)
    {
        bar.Value = value;
        bar.Description = string.Create(CultureInfo.InvariantCulture,
            $"{task}: {value} of {bar.MaxValue:0} images, {value / _clock.Elapsed.TotalSeconds:0.0} images/s");
    }
}
