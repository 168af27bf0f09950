using System.Numerics.Tensors;
using Microsoft.Extensions.Logging;
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>A training image near a classified image.</summary>
/// <param name="Number">Its number, for <c>/images/NUMBER</c>.</param>
/// <param name="File">The name of its file.</param>
/// <param name="Label">Its label.</param>
/// <param name="Similarity">The cosine similarity of the features, at most 1 (identical images).</param>
internal sealed record Neighbor(int Number, string File, string Label, float Similarity);

/// <summary>Finds the training images nearest to a classified image, by the features of the served model.</summary>
/// <remarks>The features of the training images are computed in the background, again whenever the model is reloaded.</remarks>
/// <param name="options">The folder of training images.</param>
/// <param name="classifier">The served model.</param>
/// <param name="logger">Receives what is skipped.</param>
internal sealed partial class Gallery(ServerOptions options, ImageClassifier classifier, ILogger<Gallery> logger)
{
    private const int NeighborCount = 5;

    private static readonly Preprocessing ThumbnailSize = Preprocessing.ImageNet with { Resize = 160, Crop = 160 };

    private readonly LabeledImage[] _images =
        options.Images is { } folder ? [.. new MLContext().Data.LoadImagesFromFolder(folder).Images] : [];

    private readonly Lock _featuresLock = new(), _thumbnailLock = new();
    private (int Generation, Task<float[][]> Task) _features;

    /// <summary>Returns the training images nearest to a classified image, the most similar first.</summary>
    /// <param name="classified">The result of the classifier.</param>
    /// <returns>Up to five images; none while their features are being computed.</returns>
    public IReadOnlyList<Neighbor> Nearest(ImageClassification classified)
    {
        if (_images.Length == 0 || Prepare(classified.Generation) is not { IsCompletedSuccessfully: true, Result: var gallery })
            return [];
        float[] query = VectorMath.Normalize(classified.Features.Span);
        return
        [
            .. gallery.Index().Where(image => image.Item.Length == query.Length)
                .Select(image => (Number: image.Index, Similarity: TensorPrimitives.Dot<float>(image.Item, query)))
                .OrderByDescending(image => image.Similarity).Take(NeighborCount)
                .Select(image => CreateNeighbor(image.Number, image.Similarity)),
        ];
    }

    /// <summary>Returns a small version of an image as a JPEG file.</summary>
    /// <param name="number">The number of the image.</param>
    /// <returns>The content of the file, or null where there is no such image.</returns>
    public byte[]? Thumbnail(int number)
    {
        if (number < 0 || number >= _images.Length)
            return null;
        // Decoding one image at a time limits the memory.
        lock (_thumbnailLock)
            return ImageEncoder.Jpeg(new ImageSource(_images[number].ImagePath).ResizeAndCrop(ThumbnailSize), quality: 80);
    }

    /// <summary>Computes the features of all training images, once for each generation of the model.</summary>
    /// <param name="generation">The generation of the model.</param>
    /// <returns>Unit vectors; an empty one for each unreadable image, and none at all for an earlier generation.</returns>
    public Task<float[][]> Prepare(int generation)
    {
        lock (_featuresLock)
        {
            if (generation > _features.Generation)
                _features = (generation, Task.Run(() => Compute(generation)));
            // A result of the previous model may arrive after a reload.
            return generation == _features.Generation ? _features.Task : Task.FromResult<float[][]>([]);
        }
    }

    private Neighbor CreateNeighbor(int number, float similarity) =>
        new(number, Path.GetFileName(_images[number].ImagePath), _images[number].Label, similarity);

    // No more images at a time than there are processors, so that requests come in between.
    private async Task<float[][]> Compute(int generation)
    {
        if (_images.Length == 0)
            return [];
        var features = new float[_images.Length][];
        Array.Fill(features, []);
        await Parallel.ForAsync(0, _images.Length, async (i, cancellationToken) =>
        {
            // After a reload, features of the previous model are useless.
            if (classifier.Generation != generation)
                return;
            var result = await Classify(_images[i].ImagePath, cancellationToken).ConfigureAwait(false);
            if (result?.Generation == generation)
                features[i] = VectorMath.Normalize(result.Features.Span);
        }).ConfigureAwait(false);
        LogReady(features.Count(f => f.Length > 0), _images.Length);
        return features;
    }

    // Returns null for an unreadable image. Waits while the classifier is busy, so that requests go first.
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
                LogSkipped(e.Message);
                return null;
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "The features of {Count} of {Total} training images are ready.")]
    private partial void LogReady(int count, int total);

    [LoggerMessage(LogLevel.Warning, "Skipped training image: {Problem}")]
    private partial void LogSkipped(string problem);
}
