namespace TransferKit.Weights;

/// <summary>
/// A folder of published weights. Files that are not in it are downloaded, verified and kept; those of a hub are in the hub's own cache.
/// </summary>
/// <param name="folder">The folder; it is created when a file is first downloaded.</param>
/// <param name="stall">How long a server may send nothing before the download is given up; one minute by default.</param>
public sealed class WeightStore(string folder, TimeSpan? stall = null)
{
    private readonly DownloadCache _cache = new(folder, stall);

    /// <summary>The store in the folder <c>weights</c> of the <see cref="CacheFolder"/>.</summary>
    public static WeightStore Default => new(Path.Combine(CacheFolder.Path, "weights"));

    /// <summary>Returns the path of the file of published weights and downloads the file first if necessary. Blocks until then.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public string Get(WeightEntry entry, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default) =>
        GetAsync(entry, progress, cancellationToken).GetAwaiter().GetResult();

    /// <summary>Returns the path of the file of published weights and downloads the file first if necessary.</summary>
    /// <param name="entry">The weights.</param>
    /// <param name="progress">
    /// Receives the number of bytes downloaded and the total (0 if unknown). If it is an <see cref="IProgress{T}"/> of
    /// <see cref="WeightEntry"/> as well, it receives the weights before their download begins, of which it may print the license.
    /// </param>
    /// <param name="cancellationToken">Stops the download; a later call resumes it.</param>
    /// <exception cref="OperationCanceledException">The download was canceled.</exception>
    /// <exception cref="DownloadException">The download failed. The message says where the file can be put by hand.</exception>
    public Task<string> GetAsync(WeightEntry entry, IProgress<(long Done, long Total)>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (progress is IProgress<WeightEntry> downloads && !entry.IsHub && !File.Exists(Path.Combine(folder, entry.FileName)))
            downloads.Report(entry);
        if (entry.IsHub)
            return HuggingFaceHub.DownloadAsync(entry.Url.OriginalString, HubModel.WeightsFile, progress, cancellationToken);
        return _cache.GetAsync(new RemoteFile(entry.Url, entry.HashPrefix, entry.Length), progress, cancellationToken);
    }
}
