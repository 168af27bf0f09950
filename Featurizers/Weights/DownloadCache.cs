using System.Security.Cryptography;

namespace TransferKit.Weights;

/// <summary>
/// Downloads published files into a folder and keeps them there. A download is resumed after an interruption, verified, and renamed
/// when it is complete. Several processes may use the same folder at the same time.
/// </summary>
/// <param name="folder">The folder of the files; it is created when a file is first downloaded.</param>
/// <param name="stall">How long a server may send nothing before the download is given up; one minute by default.</param>
public sealed class DownloadCache(string folder, TimeSpan? stall = null)
{
    private readonly TimeSpan _stall = stall ?? TimeSpan.FromMinutes(1);

    /// <summary>Returns the path of a file and downloads the file first if it is not in the folder. Blocks until then.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public string Get(RemoteFile file, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default) =>
        GetAsync(file, progress, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Returns the path of a file and downloads the file first if it is not in the folder.</summary>
    /// <param name="file">The file.</param>
    /// <param name="progress">Receives the number of bytes downloaded and the total (0 if unknown).</param>
    /// <param name="cancellationToken">Stops the download; a later call resumes it.</param>
    /// <exception cref="OperationCanceledException">The download was canceled.</exception>
    /// <exception cref="DownloadException">The download failed. The message says where the file can be put by hand.</exception>
    public async Task<string> GetAsync(RemoteFile file, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(file);
        string target = Path.Combine(folder, file.FileName);
        if (File.Exists(target))
            return target;
        try
        {
            Directory.CreateDirectory(folder);
            using var lockFile = await LockAsync(target + ".lock", cancellationToken).ConfigureAwait(false);
            // Another process may have finished the download while this one waited.
            if (!File.Exists(target))
                await DownloadAsync(file, target, progress, cancellationToken).ConfigureAwait(false);
            return target;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException or TimeoutException)
        {
            throw new DownloadException($"{file.FileName} could not be downloaded from {file.Url}: {e.Message.TrimEnd('.')}. " +
                $"Get the file by other means and put it at {target}.", e);
        }
    }

    private async Task DownloadAsync(RemoteFile file, string target, IProgress<(long, long)>? progress, CancellationToken cancellationToken)
    {
        string part = target + ".part";
        var download = new HttpDownload(file.Url, part, _stall, progress, file.Authorization);
        await download.RunAsync(cancellationToken).ConfigureAwait(false);
        if (await FindMismatchAsync(file, part, cancellationToken).ConfigureAwait(false) is { } mismatch)
        {
            File.Delete(part);
            throw new IOException($"{mismatch}; the downloaded bytes have been deleted.");
        }
        File.Move(part, target, overwrite: true);
    }

    private static async Task<string?> FindMismatchAsync(RemoteFile file, string path, CancellationToken cancellationToken)
    {
        var stream = File.OpenRead(path);
        await using var _ = stream.ConfigureAwait(false);
        string hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken).ConfigureAwait(false));
        if (!hash.StartsWith(file.HashPrefix, StringComparison.OrdinalIgnoreCase))
            return $"its SHA-256 begins with {hash[..8]}, not {file.HashPrefix}";
        return file.Length is { } length && stream.Length != length ? $"it has {stream.Length} bytes, not {length}" : null;
    }

    // The lock file is never deleted. Otherwise a third process could lock a new file of the same name while a second one waits.
    private static async Task<FileStream> LockAsync(string path, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException e) when (IsLocked(e) && File.Exists(path))
            {
                await Task.Delay(200, cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static bool IsLocked(IOException e) => e is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException);
}
