using Microsoft.AspNetCore.Http;
using TransferKit.Images;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>Draws class activation maps of the served model over images, one image at a time because each takes a processor.</summary>
/// <param name="options">The limits of the server.</param>
/// <param name="classifier">The served model.</param>
internal sealed class MapRenderer(ServerOptions options, ImageClassifier classifier) : IDisposable
{
    // The page shows no larger images.
    private const int MaxSide = 1024;

    // Waiting requests hold their uploads; without a limit they would take all the places of /classify.
    private const int MaxWaiting = 8;

    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;
    private (int Generation, ImageExplainer Explainer)? _loaded;

    /// <summary>Draws the map of a label over an image.</summary>
    /// <param name="image">The image.</param>
    /// <param name="label">The label; null for the predicted one.</param>
    /// <param name="cancellationToken">Cancels waiting.</param>
    /// <returns>The content of a JPEG file.</returns>
    /// <exception cref="BadHttpRequestException">The model does not know the label.</exception>
    /// <exception cref="ClassifierBusyException">Too many requests are waiting.</exception>
    /// <exception cref="ImageFormatException">The image is unreadable or too large.</exception>
    public async Task<byte[]> Draw(ImageSource image, string? label, CancellationToken cancellationToken)
    {
        var (width, height) = image.ReadSize();
        if ((long)width * height > options.MaxPixels)
            throw new ImageFormatException($"The image has {width} x {height} pixels, more than the maximum of {options.MaxPixels}.");
        if (label is not null && !classifier.Labels.Contains(label))
            throw new BadHttpRequestException($"Unknown label '{label}'; the model knows {string.Join(", ", classifier.Labels)}.");
        try
        {
            if (Interlocked.Increment(ref _waiting) > MaxWaiting)
                throw new ClassifierBusyException($"{MaxWaiting} images are being explained, which is the maximum; try again later.");
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(() => Draw(image, label), cancellationToken).ConfigureAwait(false);
            }
            finally
            {
                _turn.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }

    public void Dispose()
    {
        _loaded?.Explainer.Dispose();
        _turn.Dispose();
    }

    private byte[] Draw(ImageSource image, string? label)
    {
        var picture = image.Decode().Thumbnail(MaxSide);
        return ImageEncoder.Jpeg(Explainer().Explain(new ImageSource(picture), label).Map.Overlay(picture));
    }

    private ImageExplainer Explainer()
    {
        // If the model is exchanged between the two calls, the explainer of the newer model is created again for the next image.
        int generation = classifier.Generation;
        if (_loaded?.Generation != generation)
        {
            _loaded?.Explainer.Dispose();
            _loaded = null;
            _loaded = (generation, classifier.CreateExplainer());
        }
        return _loaded.Value.Explainer;
    }
}
