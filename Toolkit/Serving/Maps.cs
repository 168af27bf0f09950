using Microsoft.AspNetCore.Http;
using TransferKit.Images;
using TransferKit.Pipelines.Explaining;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>Pictures of where the served model sees a label, one at a time: each takes a core for a moment.</summary>
internal sealed class Maps(ServerOptions options, ImageClassifier classifier) : IDisposable
{
    // More than a page shows would only be slow to send.
    private const int LongestSide = 1024;

    // Those that wait hold their uploads; without a limit no photo could be classified meanwhile.
    private const int Most = 8;

    private readonly SemaphoreSlim _turn = new(1);
    private int _waiting;
    private (int Generation, ImageExplainer Explainer)? _loaded;

    /// <summary>The image as a JPEG file with the map over it.</summary>
    /// <exception cref="BadHttpRequestException">The model does not know the label.</exception>
    /// <exception cref="ClassifierBusyException">Too many wait.</exception>
    /// <exception cref="ImageFormatException">It is no readable image.</exception>
    public async Task<byte[]> Draw(ImageSource image, string? label, CancellationToken cancellationToken)
    {
        var (width, height) = image.ReadSize();
        if ((long)width * height > options.MaxPixels)
            throw new ImageFormatException($"{width} x {height} pixels are more than the {options.MaxPixels} that are accepted.");
        if (label is not null && !classifier.Labels.Contains(label))
            throw new BadHttpRequestException($"Unknown label '{label}'; the model knows {string.Join(", ", classifier.Labels)}.");
        try
        {
            if (Interlocked.Increment(ref _waiting) > Most)
                throw new ClassifierBusyException($"{Most} pictures are being explained already; try again later.");
            await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
            try
            {
                return await Task.Run(() =>
                {
                    var picture = image.Decode().Thumbnail(LongestSide);
                    return ImageEncoder.Jpeg(Explainer().Explain(new ImageSource(picture), label).Map.Overlay(picture));
                }, cancellationToken).ConfigureAwait(false);
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
