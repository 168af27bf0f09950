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
internal sealed record Neighbour(int Number, string File, string Label, float Similarity);

/// <summary>The training photos and their features, computed by the served model, and again when it is exchanged.</summary>
internal sealed partial class Gallery(ServerOptions options, ImageClassifier classifier, ILogger<Gallery> logger)
{
    private const int Shown = 5;

    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 160, Crop = 160 };

    private readonly LabeledImage[] _photos = options.Photos is { } folder ? [.. new MLContext().Data.LoadImagesFromFolder(folder).Images] : [];
    private readonly Lock _lock = new();
    private (int Generation, Task<float[][]> Features) _known;

    /// <summary>The photos nearest to a classified one; none while their features are being computed.</summary>
    public IReadOnlyList<Neighbour> Nearest(ImageClassification found)
    {
        if (_photos.Length == 0 || Prepare(found.Generation) is not { IsCompletedSuccessfully: true, Result: var known })
            return [];
        float[] asked = UnitLength(found.Features);
        return [.. known.Select((features, i) => (Number: i, Similarity: features.Length == asked.Length ? TensorPrimitives.Dot<float>(features, asked) : -1))
            .OrderByDescending(n => n.Similarity).Take(Shown)
            .Select(n => new Neighbour(n.Number, Path.GetFileName(_photos[n.Number].ImagePath), _photos[n.Number].Label, n.Similarity))];
    }

    /// <summary>A small picture of a photo; null where there is none of this number.</summary>
    public byte[]? Thumbnail(int number) =>
        number >= 0 && number < _photos.Length ? ImageEncoder.Jpeg(Small.CropOf(new ImageSource(_photos[number].ImagePath).Decode()), quality: 80) : null;

    /// <summary>The features of all photos by a generation of the model, computed once.</summary>
    public Task<float[][]> Prepare(int generation)
    {
        lock (_lock)
        {
            if (_known.Generation != generation)
                _known = (generation, Task.Run(Compute));
            return _known.Features;
        }
    }

    // As many at a time as there are cores: visitors come in between.
    private async Task<float[][]> Compute()
    {
        var features = new float[_photos.Length][];
        await Parallel.ForAsync(0, _photos.Length, async (i, cancel) =>
            features[i] = UnitLength((await classifier.ClassifyAsync(new ImageSource(_photos[i].ImagePath), cancel).ConfigureAwait(false)).Features)).ConfigureAwait(false);
        Ready(_photos.Length);
        return features;
    }

    private static float[] UnitLength(ReadOnlyMemory<float> features)
    {
        float[] unit = new float[features.Length];
        TensorPrimitives.Divide(features.Span, Math.Max(TensorPrimitives.Norm(features.Span), float.Epsilon), unit);
        return unit;
    }

    [LoggerMessage(LogLevel.Information, "{Count} training photos can be compared with.")]
    private partial void Ready(int count);
}
