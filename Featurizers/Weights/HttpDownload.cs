using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace TransferKit.Weights;

/// <summary>Downloads a file over HTTP and resumes where an earlier download stopped.</summary>
/// <param name="url">The address of the file.</param>
/// <param name="path">The file to append to.</param>
/// <param name="stall">How long the server may send nothing.</param>
/// <param name="progress">Receives the number of bytes on disk and the total (0 if unknown).</param>
/// <param name="authorization">What the server is told of the user; null for nothing. Redirects are followed without it.</param>
internal sealed class HttpDownload(
    Uri url, string path, TimeSpan stall, IProgress<(long Done, long Total)>? progress, AuthenticationHeaderValue? authorization = null)
{
    private static readonly HttpClient Client = new() { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Downloads the rest of the file. A connection that breaks is resumed once.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await AppendAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (IsBrokenConnection(e))
        {
            // One broken connection is common on large files. A second failure is reported.
            await AppendAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static bool IsBrokenConnection(Exception e) => e is HttpIOException or TimeoutException || e.InnerException is SocketException;

    private async Task AppendAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(stall);
        try
        {
            await AppendAsync(timeout).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"the server sent nothing for {stall.TotalSeconds} s.", e);
        }
    }

    private async Task AppendAsync(CancellationTokenSource timeout)
    {
        long done = File.Exists(path) ? new FileInfo(path).Length : 0;
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        request.Headers.Authorization = authorization;
        if (done > 0)
            request.Headers.Range = new RangeHeaderValue(done, null);
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
        // 416 means that there is nothing after the bytes on disk: the file is complete, or wrong, which its hash will tell.
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return;
        response.EnsureSuccessStatusCode();
        // Only now, so that a server that does not answer leaves no empty file.
        var file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write);
        await using var _ = file.ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.PartialContent)
            file.SetLength(0);
        file.Seek(0, SeekOrigin.End);
        long total = response.Content.Headers.ContentLength is { } remaining ? file.Length + remaining : 0;
        var body = await response.Content.ReadAsStreamAsync(timeout.Token).ConfigureAwait(false);
        await using var __ = body.ConfigureAwait(false);
        byte[] buffer = new byte[1 << 17];
        while (await body.ReadAsync(buffer, timeout.Token).ConfigureAwait(false) is > 0 and var count)
        {
            timeout.CancelAfter(stall);
            await file.WriteAsync(buffer.AsMemory(0, count), timeout.Token).ConfigureAwait(false);
            progress?.Report((file.Length, total));
        }
    }
}
