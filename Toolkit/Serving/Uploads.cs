using System.Buffers;
using Microsoft.AspNetCore.Http;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>Receives uploaded images: a limited number at a time, and each within a limited time.</summary>
/// <param name="options">The limits.</param>
internal sealed class Uploads(ServerOptions options) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.MaxUploads);

    /// <summary>Reads the body of a request as an image, or as a form with image files, and processes the images.</summary>
    /// <param name="request">The request.</param>
    /// <param name="process">Processes the images, of which there is at least one.</param>
    /// <exception cref="ClassifierBusyException">The maximum number of uploads is reached.</exception>
    /// <exception cref="ImageFormatException">The body is empty.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large or too slow, or a form without files.</exception>
    /// <exception cref="TimeoutException">The body did not arrive in time.</exception>
    public async Task<T> Process<T>(HttpRequest request, Func<IReadOnlyList<UploadedImage>, Task<T>> process)
    {
        if (!_places.Wait(0))
            throw new ClassifierBusyException($"{options.MaxUploads} uploads are being processed, which is the maximum; try again later.");
        try
        {
            byte[] body = await ReadBody(request).ConfigureAwait(false);
            var images = UploadForm.IsIn(request) ? await UploadForm.Read(request.ContentType!, body).ConfigureAwait(false)
                : [new(Name: null, new ImageSource(body))];
            return await process(images).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<byte[]> ReadBody(HttpRequest request)
    {
        var body = request.BodyReader;
        using var timeout = new CancellationTokenSource(options.UploadTimeout);
        // Canceling by a token would leave the reader in the middle of a read, and the server could not finish the request.
        using var registration = timeout.Token.Register(body.CancelPendingRead);
        while (true)
        {
            var read = await body.ReadAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
            byte[]? content = read.IsCompleted ? read.Buffer.ToArray() : null;
            // The bytes stay in the buffer until the body is complete.
            body.AdvanceTo(read.IsCompleted ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (content is { Length: 0 })
                throw new ImageFormatException("The body is empty: send the content of an image file (JPEG, PNG, WebP, BMP or GIF).");
            if (content is not null)
                return content;
            if (read.IsCanceled)
                throw new TimeoutException($"The image did not arrive within {options.UploadTimeout.TotalSeconds:0} seconds.");
        }
    }
}
