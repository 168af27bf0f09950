using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>A training photo near the one that was asked about.</summary>
/// <param name="Number">Its number, by which its picture is fetched.</param>
/// <param name="File">Its file's name.</param>
/// <param name="Label">Its label.</param>
/// <param name="Similarity">The cosine between their features: 1 for the same picture.</param>
internal sealed record Neighbor(int Number, string File, string Label, float Similarity);

/// <summary>The training photos and their features, computed by the served model, and again when it is exchanged.</summary>
internal sealed partial class Gallery(ServerOptions options, ImageClassifier classifier, ILogger<Gallery> logger)
{
    private const int Shown = 5;

    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 160, Crop = 160 };

    private readonly LabeledImage[] _photos = options.Photos is { } folder ? [.. new MLContext().Data.LoadImagesFromFolder(folder).Images] : [];
    private readonly Lock _lock = new(), _drawing = new();
    private (int Generation, Task<float[][]> Features) _known;

    /// <summary>The photos nearest to a classified one; none while their features are being computed.</summary>
    public IReadOnlyList<Neighbor> Nearest(ImageClassification found)
    {
        if (_photos.Length == 0 || Prepare(found.Generation) is not { IsCompletedSuccessfully: true, Result: var known })
            return [];
        float[] asked = VectorMath.Normalize(found.Features.Span);
        return [.. known.Select((features, i) => (Number: i, Features: features)).Where(k => k.Features.Length == asked.Length)
            .Select(k => (k.Number, Similarity: TensorPrimitives.Dot<float>(k.Features, asked)))
            .OrderByDescending(n => n.Similarity).Take(Shown)
            .Select(n => new Neighbor(n.Number, Path.GetFileName(_photos[n.Number].ImagePath), _photos[n.Number].Label, n.Similarity))];
    }

    /// <summary>A small picture of a photo; null where there is none of this number.</summary>
    public byte[]? Thumbnail(int number)
    {
        if (number < 0 || number >= _photos.Length)
            return null;
        // One at a time, and of large photos no more pixels than are needed.
        lock (_drawing)
            return ImageEncoder.Jpeg(new ImageSource(_photos[number].ImagePath).ResizeAndCrop(Small), quality: 80);
    }

    /// <summary>The features of all photos by a generation of the model, computed once.</summary>
    public Task<float[][]> Prepare(int generation)
    {
        lock (_lock)
        {
            // An answer of the model before may come late.
            if (generation > _known.Generation)
                _known = (generation, Task.Run(() => Compute(generation)));
            return generation == _known.Generation ? _known.Features : Task.FromResult<float[][]>([]);
        }
    }

    // As many at a time as there are cores: visitors come in between.
    private async Task<float[][]> Compute(int generation)
    {
        var features = new float[_photos.Length][];
        Array.Fill(features, []);
        // Of no use any more once another model answers.
        await Parallel.ForAsync(0, _photos.Length, async (i, cancellationToken) =>
        {
            if (classifier.Generation == generation && await Classify(_photos[i].ImagePath, cancellationToken).ConfigureAwait(false) is { } found && found.Generation == generation)
                features[i] = VectorMath.Normalize(found.Features.Span);
        }).ConfigureAwait(false);
        Ready(features.Count(f => f.Length > 0), _photos.Length);
        return features;
    }

    // Null for a photo that the classifier does not take; while it is busy, others go first.
    private async Task<ImageClassification?> Classify(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await classifier.ClassifyAsync(new ImageSource(path), cancellationToken).ConfigureAwait(false);
            }
            catch (ClassifierBusyException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), cancellationToken).ConfigureAwait(false);
            }
            catch (ImageFormatException e)
            {
                LeftOut(path, e.Message);
                return null;
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "{Count} of {All} training photos can be compared with.")]
    private partial void Ready(int count, int all);

    [LoggerMessage(LogLevel.Warning, "{Path} is not compared with: {Problem}")]
    private partial void LeftOut(string path, string problem);
}
