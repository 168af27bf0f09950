using System.Diagnostics;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Explaining;

namespace TransferKit.Pipelines.Serving;

/// <summary>
/// Classifies images with a saved model inside a service: from any thread, in batches, and with a model that can be reloaded meanwhile.
/// (ML.NET's PredictionEngine is for one thread and one row at a time.) It rejects requests when its queue is full, and publishes metrics
/// under the meter <c>TransferKit</c>.
/// </summary>
public sealed class ImageClassifier : IDisposable
{
    private readonly ImageClassifierOptions _options;
    private readonly BatchQueue<ImageSource, ImageClassification> _queue;
    private readonly ReaderWriterLockSlim _modelLock = new();
    private readonly Lock _reloadLock = new();
    private ServedModel _model;

    /// <summary>Loads a model file.</summary>
    /// <param name="modelPath">
    /// A saved model with one image column and a predicted label. Models of <c>FeaturizeImages</c> and a linear classifier, and of
    /// <c>FineTuneImages</c>, run as one network; others are run by ML.NET.
    /// </param>
    /// <param name="options">Batching and limits; null for the defaults. The classifier keeps a copy.</param>
    /// <exception cref="ArgumentException">An option is invalid.</exception>
    /// <exception cref="InvalidDataException">The file is not a model that can be served.</exception>
    public ImageClassifier(string modelPath, ImageClassifierOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        _options = options?.Copy() ?? new();
        _options.Validate();
        ModelPath = Path.GetFullPath(modelPath);
        LoadedStamp = FileStamp.Of(ModelPath);
        _model = ServedModel.Load(ModelPath, generation: 1);
        _queue = new(_options, Run);
    }

    /// <summary>The full path of the model file.</summary>
    public string ModelPath { get; }

    /// <summary>The labels of the current model, in the order of its scores.</summary>
    public IReadOnlyList<string> Labels => _model.Labels;

    /// <summary>The number of the current model: 1 for the first, and one more after each successful reload.</summary>
    public int Generation => _model.Generation;

    /// <summary>How many images may be passed in before the first result is taken: all threads have work, and none is refused.</summary>
    internal int Capacity => Math.Min(_options.QueueLength, 2 * _options.Threads * _options.BatchSize);

    /// <summary>The stamp of the model file that was last loaded or refused; the default value if the next look shall try again.</summary>
    internal FileStamp LoadedStamp { get; private set; }

    /// <summary>Classifies an image.</summary>
    /// <param name="image">The image; it is read and decoded when its batch runs.</param>
    /// <param name="cancellationToken">Ends the waiting; an image whose batch is running is finished, but its result is lost.</param>
    /// <exception cref="ImageFormatException">The image is not readable, or has too many pixels.</exception>
    /// <exception cref="ClassifierBusyException">The queue is full.</exception>
    /// <exception cref="OperationCanceledException">The request was canceled.</exception>
    public async Task<ImageClassification> ClassifyAsync(ImageSource image, CancellationToken cancellationToken = default)
    {
        using var activity = Telemetry.Source.StartActivity("classify image");
        long start = Stopwatch.GetTimestamp();
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
            outcome = Outcome(e);
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
        finally
        {
            var tag = new KeyValuePair<string, object?>("outcome", outcome);
            Telemetry.Durations.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tag);
        }
    }

    /// <summary>Creates an explainer of the current model, which it keeps explaining after a reload.</summary>
    /// <param name="options">The method and the layer; null for the defaults.</param>
    /// <exception cref="ArgumentException">
    /// The model is not a network with a linear classifier, there is no such layer, or the method does not suit the network.
    /// </exception>
    /// <exception cref="DllNotFoundException">The method needs gradients, but no native libtorch is installed.</exception>
    public ImageExplainer CreateExplainer(MapOptions? options = null) => new(_model.Network, options);

    /// <summary>Loads the model file again while requests continue. If that fails, the current model stays.</summary>
    /// <exception cref="InvalidDataException">The file is not a model that can be served.</exception>
    public void Reload()
    {
        lock (_reloadLock)
        {
            LoadedStamp = FileStamp.Of(ModelPath);
            var previous = _model;
            ServedModel model;
            try
            {
                model = ServedModel.Load(ModelPath, previous.Generation + 1);
            }
            catch (Exception e) when (e is OutOfMemoryException || e.InnerException is IOException and not EndOfStreamException)
            {
                // The file itself may be valid, so the next look tries again.
                LoadedStamp = default;
                throw;
            }
            // Waits for the running batches; later ones use the new model.
            _modelLock.EnterWriteLock();
            _model = model;
            _modelLock.ExitWriteLock();
            previous.Dispose();
        }
    }

    /// <summary>Accepts no further requests, finishes the waiting ones, and releases the model.</summary>
    public void Dispose()
    {
        _queue.Dispose();
        _model.Dispose();
        _modelLock.Dispose();
    }

    private static string Outcome(Exception exception) => exception switch
    {
        ImageFormatException => "unreadable",
        ClassifierBusyException => "busy",
        OperationCanceledException => "canceled",
        _ => "failed",
    };

    private void Run(IReadOnlyList<BatchQueue<ImageSource, ImageClassification>.Call> calls)
    {
        _modelLock.EnterReadLock();
        try
        {
            _model.Classify(calls, _options.MaxPixels);
        }
        finally
        {
            _modelLock.ExitReadLock();
        }
    }
}
