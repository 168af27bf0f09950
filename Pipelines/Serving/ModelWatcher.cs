using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// Reloads a served model when its file has changed. It polls the file, because file-system notifications do not arrive from network
/// drives and mounted volumes, where models are often replaced.
/// </summary>
/// <param name="classifier">The classifier whose model file is watched.</param>
/// <param name="interval">The time between two looks at the file; zero for none.</param>
/// <param name="logger">Receives each reload and each refusal.</param>
internal sealed partial class ModelWatcher(ImageClassifier classifier, TimeSpan interval, ILogger<ImageClassifier> logger)
    : BackgroundService
{
    private FileStamp _last = FileStamp.Of(classifier.ModelPath);

    /// <summary>Looks at the file once, and reloads the model if the file is new and has not changed since the previous look.</summary>
    public void Look()
    {
        var stamp = FileStamp.Of(classifier.ModelPath);
        // A file that is still being written changes from look to look.
        if (stamp == _last && stamp != default && stamp != classifier.LoadedStamp)
            Reload();
        _last = stamp;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (interval == TimeSpan.Zero)
            return;
        using var timer = new PeriodicTimer(interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
                Look();
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The app ends. A host that is disposed without being stopped would report the exception as a failure.
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
            // Whatever is wrong with the new model, even a lack of memory, the previous one continues to serve.
            Telemetry.Reloads.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));
            Refused(e.Message);
        }
    }

    [LoggerMessage(LogLevel.Information, "Loaded the new model {Path} with {Labels} labels.")]
    private partial void Reloaded(string path, int labels);

    [LoggerMessage(LogLevel.Error, "The previous model stays in use, because the new one cannot be loaded: {Problem}")]
    private partial void Refused(string problem);
}
