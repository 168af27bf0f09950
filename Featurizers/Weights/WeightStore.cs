using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace TransferKit.Weights;

/// <summary>A folder of published files that downloads what it lacks: resumed, verified, renamed into place when whole.</summary>
/// <param name="folder">The folder; made when first needed.</param>
/// <param name="stall">How long a server may send nothing; a minute unless given.</param>
public sealed class WeightStore(string folder, TimeSpan? stall = null)
{
    private static readonly HttpClient Client = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly TimeSpan _stall = stall ?? TimeSpan.FromMinutes(1);

    /// <summary>The store in the <see cref="CacheFolder"/>.</summary>
    public static WeightStore Default => new(Path.Combine(CacheFolder.Path, "weights"));

    /// <summary>The path of an entry's file, downloaded if it is not there yet.</summary>
    /// <param name="entry">What to get.</param>
    /// <param name="progress">Told the bytes there are and the bytes there will be (0 where unknown).</param>
    /// <param name="cancellation">Stops a download, which a later call resumes.</param>
    /// <exception cref="OperationCanceledException">It was canceled.</exception>
    /// <exception cref="WeightDownloadException">The file could not be had; the message says where it can be put by hand.</exception>
    public string Get(WeightEntry entry, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Get(new RemoteFile(entry.Url, entry.HashPrefix), progress, cancellation);
    }

    /// <summary>The path of a file, downloaded if it is not there yet.</summary>
    /// <inheritdoc cref="Get(WeightEntry, IProgress{ValueTuple{long, long}}?, CancellationToken)"/>
    public string Get(RemoteFile entry, IProgress<(long Done, long Total)>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        string target = Path.Combine(folder, entry.FileName);
        if (File.Exists(target))
            return target;
        try
        {
            Directory.CreateDirectory(folder);
            using var turn = Lock(target + ".lock", cancellation);
            // Another process may have finished it while this one waited.
            if (!File.Exists(target))
                DownloadAndVerify(entry, target, progress, cancellation).GetAwaiter().GetResult();
            return target;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new WeightDownloadException(
                $"{entry.FileName} could not be downloaded from {entry.Url}: {e.Message.TrimEnd('.')}. Get the file by other means and put it at {target}.", e);
        }
    }

    private async Task DownloadAndVerify(RemoteFile entry, string target, IProgress<(long, long)>? progress, CancellationToken cancellation)
    {
        string part = target + ".part";
        try
        {
            await Download(entry.Url, part, progress, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when ((e is HttpIOException or TimeoutException || e.InnerException is SocketException) && File.Exists(part))
        {
            // One cut connection is common on large files: go on from where it broke. A second failure is reported.
            await Download(entry.Url, part, progress, cancellation).ConfigureAwait(false);
        }
        string hash = await Sha256(part, cancellation).ConfigureAwait(false);
        if (!hash.StartsWith(entry.HashPrefix, StringComparison.OrdinalIgnoreCase))
            Refuse($"its SHA-256 begins with {hash[..8]}, not {entry.HashPrefix}");
        if (entry.Length is { } length && new FileInfo(part).Length is var actual && actual != length)
            Refuse($"it has {actual} bytes, not {length}");
        File.Move(part, target, overwrite: true);

        void Refuse(string why)
        {
            File.Delete(part);
            throw new IOException($"{why}; what was downloaded has been deleted.");
        }
    }

    private async Task Download(Uri url, string part, IProgress<(long, long)>? progress, CancellationToken cancellation)
    {
        using var silence = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        silence.CancelAfter(_stall);
        try
        {
            await Download(url, part, progress, silence).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellation.IsCancellationRequested)
        {
            throw new TimeoutException($"the server sent nothing for {_stall.TotalSeconds} s.", e);
        }
    }

    private async Task Download(Uri url, string part, IProgress<(long, long)>? progress, CancellationTokenSource silence)
    {
        var file = new FileStream(part, FileMode.OpenOrCreate, FileAccess.Write);
        await using var _ = file.ConfigureAwait(false);
        file.Seek(0, SeekOrigin.End);
        using var request = new HttpRequestMessage(HttpMethod.Get, url);
        if (file.Position > 0)
            request.Headers.Range = new RangeHeaderValue(file.Position, null);
        using var response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, silence.Token).ConfigureAwait(false);
        // 416: there is nothing after what we have, so the part is whole (or wrong, which the hash will tell).
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            return;
        response.EnsureSuccessStatusCode();
        if (response.StatusCode != HttpStatusCode.PartialContent)
            file.SetLength(0);
        long total = response.Content.Headers.ContentLength is { } rest ? file.Length + rest : 0;
        var body = await response.Content.ReadAsStreamAsync(silence.Token).ConfigureAwait(false);
        await using var __ = body.ConfigureAwait(false);
        byte[] buffer = new byte[1 << 17];
        while (await body.ReadAsync(buffer, silence.Token).ConfigureAwait(false) is > 0 and var read)
        {
            silence.CancelAfter(_stall);
            await file.WriteAsync(buffer.AsMemory(0, read), silence.Token).ConfigureAwait(false);
            progress?.Report((file.Length, total));
        }
    }

    private static async Task<string> Sha256(string path, CancellationToken cancellation)
    {
        var stream = File.OpenRead(path);
        await using var _ = stream.ConfigureAwait(false);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false));
    }

    // The lock file stays: deleting it would let a third process lock a new file of the same name beside a waiting second one.
    private static FileStream Lock(string path, CancellationToken cancellation)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException) && File.Exists(path))
            {
                cancellation.WaitHandle.WaitOne(200);
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }
}

/// <summary>A published file.</summary>
/// <param name="Url">Where it is.</param>
/// <param name="HashPrefix">What its SHA-256 begins with, in hexadecimal digits; empty where none was published.</param>
/// <param name="Length">How many bytes it has, where that is known.</param>
public sealed record RemoteFile(Uri Url, string HashPrefix = "", long? Length = null)
{
    /// <summary>The name it is kept under.</summary>
    public string FileName => Path.GetFileName(Url.AbsolutePath);
}

/// <summary>A published file could not be downloaded.</summary>
public sealed class WeightDownloadException(string message, Exception inner) : Exception(message, inner);
