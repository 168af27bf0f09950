using System.Globalization;

namespace TransferKit.Toolkit;

/// <summary>A line for every further tenth of a download.</summary>
internal sealed class DownloadProgress(Shell shell) : IProgress<(long Done, long Total)>
{
    private long _last = -1;

    public void Report((long Done, long Total) value)
    {
        // Where the server does not say how much there will be, every 16 MiB.
        long step = value.Total > 0 ? value.Done * 10 / value.Total : value.Done >> 24;
        if (step == _last)
            return;
        _last = step;
        string total = value.Total > 0 ? string.Create(CultureInfo.InvariantCulture, $" of {value.Total / 1e6:0.0}") : "";
        shell.Log(string.Create(CultureInfo.InvariantCulture, $"Downloading: {value.Done / 1e6:0.0}{total} MB"));
    }
}
