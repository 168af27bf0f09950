using TransferKit.Images;
using TransferKit.Pipelines.Saving;

namespace TransferKit.Pipelines.Serving;

using Call = BatchQueue<ImageSource, ImageClassification>.Call;

/// <summary>A loaded model that classifies batches of images.</summary>
/// <param name="generation">The number of the model, which results carry.</param>
internal abstract class ServedModel(int generation) : IDisposable
{
    /// <summary>The prediction for an image.</summary>
    /// <param name="Label">The predicted label.</param>
    /// <param name="Scores">A score for each of <see cref="Labels"/>; empty where the model gives none.</param>
    /// <param name="Features">The feature vector; empty where the model has none.</param>
    protected readonly record struct Prediction(string Label, float[] Scores, float[] Features);

    /// <summary>The number of the model, which results carry.</summary>
    public int Generation => generation;

    /// <summary>The label of each score.</summary>
    public abstract IReadOnlyList<string> Labels { get; }

    /// <summary>The model as one network, as maps need it.</summary>
    /// <exception cref="ArgumentException">The model is of another kind; the message says what would be right.</exception>
    public abstract SavedNetwork Network { get; }

    /// <summary>Loads a model file: as one network where that is possible, or else as the transformers that ML.NET saved.</summary>
    /// <param name="path">The file.</param>
    /// <param name="generation">The number of the model.</param>
    /// <exception cref="InvalidDataException">The file is not a model that can be served; the message names it and says why.</exception>
    public static ServedModel Load(string path, int generation)
    {
        try
        {
            try
            {
                using var file = File.OpenRead(path);
                return new NetworkModel(SavedNetwork.Read(file), generation);
            }
            catch (ArgumentException otherKind)
            {
                return new TransformerModel(path, otherKind, generation);
            }
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // ML.NET throws many kinds of exceptions for broken files.
            throw new InvalidDataException($"'{path}' is not an image classifier that can be served: {Reason(e)}", e);
        }
    }

    /// <summary>Classifies a batch and completes each call; an unreadable image fails its own call only.</summary>
    /// <param name="calls">The batch.</param>
    /// <param name="maxPixels">The largest accepted image, in pixels.</param>
    public void Classify(IReadOnlyList<Call> calls, long maxPixels)
    {
        var readable = new List<(Call Call, ImageSource Image)>(calls.Count);
        foreach (var call in calls)
            if (call.TryTake(out var image) && TryRead(call, ref image, maxPixels))
                readable.Add((call, image));
        if (readable.Count == 0)
            return;
        var predictions = Run([.. readable.Select(r => r.Image)]);
        foreach (var ((call, _), prediction) in readable.Zip(predictions))
            call.Complete(Result(prediction));
    }

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Reads an image as far as <see cref="Run"/> needs it.</summary>
    /// <exception cref="ImageFormatException">It is not a readable image.</exception>
    protected abstract ImageSource Read(ImageSource image);

    /// <summary>Classifies images that <see cref="Read"/> returned.</summary>
    protected abstract IReadOnlyList<Prediction> Run(IReadOnlyList<ImageSource> images);

    // ML.NET loads the trainer's class by reflection, which hides that its package is missing.
    private static string Reason(Exception exception) => exception.GetBaseException() is FileNotFoundException { FileName: { } name }
        && name.StartsWith("Microsoft.ML", StringComparison.Ordinal)
        ? $"it needs the package {name.Split(',')[0]}, which this program does not reference." : exception.Message;

    private bool TryRead(Call call, ref ImageSource image, long maxPixels)
    {
        try
        {
            var (width, height) = image.ReadSize();
            if ((long)width * height > maxPixels)
                throw new ImageFormatException($"{width} x {height} pixels are more than the {maxPixels} that are accepted.");
            image = Read(image);
            return true;
        }
        catch (ImageFormatException e)
        {
            call.Fail(e);
            return false;
        }
    }

    private ImageClassification Result(Prediction prediction)
    {
        var scores = Labels.Zip(prediction.Scores, (label, score) => new LabelScore(label, score)).OrderByDescending(s => s.Score);
        return new ImageClassification(prediction.Label, [.. scores], prediction.Features, generation);
    }
}
