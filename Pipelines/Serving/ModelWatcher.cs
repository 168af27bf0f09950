using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// Loads a served model's file again when it has changed. It looks at the file now and then: notifications of the file system do not
/// come from network drives and mounted volumes, where models are exchanged.
/// </summary>
internal sealed partial class ModelWatcher(ImageClassifier classifier, TimeSpan interval, ILogger<ImageClassifier> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (interval == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(interval);
        var seen = FileStamp.Of(classifier.ModelPath);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                var now = FileStamp.Of(classifier.ModelPath);
                // A file that is still being written differs from look to look.
                if (now == seen && now != default && now != classifier.Loaded)
                    Reload();
                seen = now;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The app ends; where it is only disposed of, the host would take this for a failure.
        }
    }

    private void Reload()
    {
        try
        {
            classifier.Reload();
            Telemetry.Reloads.Add(1, new KeyValuePair<string, object?>("outcome", "loaded"));
            Reloaded(classifier.ModelPath, classifier.Labels.Count);
        }
        catch (Exception e)
        {
            // Whatever is wrong with the new model, the old one serves on: out of memory, too.
            Telemetry.Reloads.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));
            Refused(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Loaded {Path}, a model of {Labels} labels, in place of the one before.")]
    private partial void Reloaded(string path, int labels);

    [LoggerMessage(LogLevel.Error, "The model that was loaded before stays: {Problem}")]
    private partial void Refused(string problem);
}
