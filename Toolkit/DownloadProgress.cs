using System.Globalization;

namespace TransferKit.Toolkit;

/// <summary>Prints the progress of a download: a line for every tenth, or for every 16 MiB if the total is unknown.</summary>
/// <param name="output">Prints the lines.</param>
internal sealed class DownloadProgress(CommandOutput output) : IProgress<(long Done, long Total)>
{
    private long _lastStep = -1;

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
