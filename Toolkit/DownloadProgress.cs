using System.Globalization;
using TransferKit.Weights;

namespace TransferKit.Toolkit;

/// <summary>
/// Prints the progress of a download: a line for every tenth, or for every 16 MiB if the total is unknown. Before that, what is to be known
/// of weights: a license that limits their use, and that no hash of them is published.
/// </summary>
/// <param name="output">Prints the lines.</param>
internal sealed class DownloadProgress(CommandOutput output) : IProgress<(long Done, long Total)>, IProgress<WeightEntry>
{
    private long _lastStep = -1;

    public void Report(WeightEntry value)
    {
        if (value.License is { } license)
            output.Log($"The license of {value.Tag} ({value.FileName}) limits its use: {license}.");
        if (value.Length is { } length)
            output.Log($"No hash of {value.FileName} is published; its length is verified instead, {length} bytes.");
    }

    public void Report((long Done, long Total) value)
    {
        long step = value.Total > 0 ? value.Done * 10 / value.Total : value.Done >> 24;
        if (step == _lastStep)
            return;
        _lastStep = step;
        string total = value.Total > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {value.Total / 1e6:0.0}") : "";
        output.Log(string.Create(CultureInfo.InvariantCulture, $"Downloading: {value.Done / 1e6:0.0}{total} MB"));
    }
}
