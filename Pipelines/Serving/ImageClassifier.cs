using System.Diagnostics;
using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// A trained model inside a service. Calls come from any thread and go through the network in batches; the model can be exchanged
/// meanwhile. Where ML.NET's PredictionEngine is for one thread and one row at a time, this is for all.
/// </summary>
public sealed class ImageClassifier : IDisposable
{
    private readonly ImageClassifierOptions _options;
    private readonly BatchQueue<ImageSource, ImageClassification> _queue;
    private readonly ReaderWriterLockSlim _exchange = new();
    private readonly Lock _reload = new();
    private ServedModel _model;

    /// <summary>Loads a model file.</summary>
    /// <param name="modelPath">A model that <c>FeaturizeImages</c> and a linear classifier, or <c>FineTuneImages</c>, made and ML.NET saved.</param>
    /// <param name="options">How calls are gathered, and what is turned away.</param>
    /// <exception cref="ArgumentException">An option is impossible.</exception>
    /// <exception cref="InvalidDataException">The file is no model that can be served.</exception>
    public ImageClassifier(string modelPath, ImageClassifierOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        _options = options?.Copy() ?? new();
        _options.Validate();
        ModelPath = Path.GetFullPath(modelPath);
        Loaded = FileStamp.Of(ModelPath);
        _model = ServedModel.Read(ModelPath, generation: 1);
        _queue = new(_options, Run);
    }

    /// <summary>The model file.</summary>
    public string ModelPath { get; }

    /// <summary>The labels that the model can give.</summary>
    public IReadOnlyList<string> Labels => _model.Labels;

    /// <summary>How many times a model was loaded: a new number means a new model.</summary>
    public int Generation => _model.Generation;

    /// <summary>The model that is served, with its generation.</summary>
    internal (int Generation, SavedNetwork Saved) Served => _model is var model ? (model.Generation, model.Saved) : default;

    /// <summary>The file as it was when the model was loaded, or last refused.</summary>
    internal FileStamp Loaded { get; private set; }

    /// <summary>What the model says of an image.</summary>
    /// <param name="image">The image; it is read and decoded when its turn comes.</param>
    /// <param name="cancellationToken">Gives up waiting; an image whose turn has come is finished, but its result is lost.</param>
    /// <exception cref="ImageFormatException">It is no readable image, or has too many pixels.</exception>
    /// <exception cref="ClassifierBusyException">More images are waiting than the queue takes.</exception>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    public async Task<ImageClassification> ClassifyAsync(ImageSource image, CancellationToken cancellationToken = default)
    {
        using var activity = Telemetry.Source.StartActivity("classify image");
        long since = Stopwatch.GetTimestamp();
        string outcome = "failed";
        try
        {
            var result = await _queue.Run(image, cancellationToken).ConfigureAwait(false);
            outcome = "done";
            activity?.SetTag("transferkit.label", result.Label);
            return result;
        }
        catch (Exception e)
        {
            outcome = e switch { ImageFormatException => "unreadable", ClassifierBusyException => "busy", OperationCanceledException => "canceled", _ => "failed" };
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
        finally
        {
            Telemetry.Durations.Record(Stopwatch.GetElapsedTime(since).TotalSeconds, new KeyValuePair<string, object?>("outcome", outcome));
        }
    }

    /// <summary>Loads the model file again, while calls go on; then the old model is released. Where the new one is broken, the old one stays.</summary>
    /// <exception cref="InvalidDataException">The file is no model that can be served.</exception>
    public void Reload()
    {
        lock (_reload)
        {
            Loaded = FileStamp.Of(ModelPath);
            var old = _model;
            ServedModel model;
            try
            {
                model = ServedModel.Read(ModelPath, old.Generation + 1);
            }
            catch (Exception e) when (e is OutOfMemoryException || e.InnerException is IOException and not EndOfStreamException)
            {
                // Nothing is known of the file itself: it is to be tried again.
                Loaded = default;
                throw;
            }
            // Entered when the batches under way are done; those that follow find the new model.
            _exchange.EnterWriteLock();
            _model = model;
            _exchange.ExitWriteLock();
            old.Dispose();
        }
    }

    /// <summary>Takes no further calls, finishes those that wait, and releases the model.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _model.Dispose();
        _exchange.Dispose();
    }

    private void Run(IReadOnlyList<BatchQueue<ImageSource, ImageClassification>.Call> calls)
    {
        _exchange.EnterReadLock();
        try
        {
            _model.Classify(calls, _options.MaxPixels);
        }
        finally
        {
            _exchange.ExitReadLock();
        }
    }
}
