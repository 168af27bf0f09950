using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace TransferKit.Toolkit;

/// <summary>A line every two seconds: images done, images per second, time left.</summary>
internal sealed class PlainProgress(TextWriter error, string what, int total) : IProgress<int>
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private double _last;

    public void Report(int value)
    {
        double seconds = _clock.Elapsed.TotalSeconds;
        if (value < total && seconds - _last < 2)
            return;
        _last = seconds;
        double rate = value / seconds;
        error.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{what}: {value} of {total} images, {rate:0.0} images/s, {Math.Max(0, total - value) / rate:0} s left"));
    }
}

/// <summary>The same beside a bar.</summary>
internal sealed class BarProgress(ProgressTask task, string what) : IProgress<int>
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    public void Report(int value)
    {
        task.Value = value;
        task.Description = string.Create(CultureInfo.InvariantCulture,
            $"{what}: {value} of {task.MaxValue:0} images, {value / _clock.Elapsed.TotalSeconds:0.0} images/s");
    }
}
