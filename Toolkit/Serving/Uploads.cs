using System.Buffers;
using Microsoft.AspNetCore.Http;
using TransferKit.Images;
using TransferKit.Pipelines.Serving;

namespace TransferKit.Toolkit.Serving;

/// <summary>Uploaded images: only so many at a time, each within a time, so that memory has a limit.</summary>
internal sealed class Uploads(ServerOptions options) : IDisposable
{
    private readonly SemaphoreSlim _places = new(options.MaxUploads);

    /// <summary>Reads the body of a request and works on it.</summary>
    /// <exception cref="ClassifierBusyException">Too many uploads are under way.</exception>
    /// <exception cref="ImageFormatException">The body is empty.</exception>
    /// <exception cref="BadHttpRequestException">The body is too large or too slow.</exception>
    /// <exception cref="TimeoutException">It did not arrive in time.</exception>
    public async Task<T> With<T>(HttpRequest request, Func<ImageSource, Task<T>> work)
    {
        if (!_places.Wait(0))
            throw new ClassifierBusyException($"{options.MaxUploads} uploads are under way already; try again later.");
        try
        {
            return await work(new ImageSource(await Read(request).ConfigureAwait(false))).ConfigureAwait(false);
        }
        finally
        {
            _places.Release();
        }
    }

    public void Dispose() => _places.Dispose();

    private async Task<byte[]> Read(HttpRequest request)
    {
        var body = request.BodyReader;
        using var time = new CancellationTokenSource(options.UploadTime);
        // A canceled token would leave the reader in the middle of a read, and the server could not finish the request.
        using var ring = time.Token.Register(body.CancelPendingRead);
        while (true)
        {
            var read = await body.ReadAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
            byte[]? all = read.IsCompleted ? read.Buffer.ToArray() : null;
            // What is there stays until all is there.
            body.AdvanceTo(read.IsCompleted ? read.Buffer.End : read.Buffer.Start, read.Buffer.End);
            if (all is not null)
                return all.Length > 0 ? all : throw new ImageFormatException("The body is empty; the content of an image file is needed (JPEG, PNG, WebP, BMP or GIF).");
            if (read.IsCanceled)
                throw new TimeoutException($"The image did not arrive within {options.UploadTime.TotalSeconds:0} seconds.");
        }
    }
}
