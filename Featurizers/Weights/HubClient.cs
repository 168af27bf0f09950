namespace TransferKit.Weights;

/// <summary>Fetches files of a hub into its cache.</summary>
/// <param name="settings">Where the hub is, the cache and the token.</param>
internal sealed class HubClient(HubSettings settings)
{
    // What says how to use a model.
    private static readonly string[] Descriptions = ["preprocessor_config.json", "config.json"];

    /// <summary>Returns the path of a file in its snapshot; it is fetched first if necessary, with the model's descriptions.</summary>
    /// <inheritdoc cref="HuggingFaceHub.DownloadAsync"/>
    public async Task<string> DownloadAsync(HubReference reference, string file, IProgress<(long Done, long Total)>? progress,
        CancellationToken cancellationToken)
    {
        if (file.Length == 0 || file[0] == '/' || file.Contains('\\') || file.Split('/').Contains(".."))
            throw new ArgumentException($"'{file}' is no file of a repository: it must be a path in it, such as onnx/model.onnx.");
        var found = await FindAsync(reference, file, progress, cancellationToken).ConfigureAwait(false)
            ?? throw new DownloadException($"{reference}: the repository {reference.Repository} has no file {file} "
                + $"in its revision '{reference.Revision}'.");
        var pinned = reference with { Revision = found.Commit };
        string[] beside = Path.GetExtension(file) == ".onnx" ? [.. Descriptions, file + "_data"] : Descriptions;
        foreach (string other in beside.Where(other => other != file))
            await FindAsync(pinned, other, null, cancellationToken, isNeeded: found.IsAnswered).ConfigureAwait(false);
        return found.Path;
    }

    // Returns null where the revision has no such file, and where the hub cannot be asked for a file that is not needed.
    private async Task<(string Path, string Commit, bool IsAnswered)?> FindAsync(HubReference reference, string file,
        IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken, bool isNeeded = true)
    {
        var cache = new HubCache(settings.Cache, reference);
        if (cache.IsMissing(file))
            return null;
        var cached = cache.Find(file);
        if (reference.IsCommit && cached is var (pinned, commit))
            return (pinned, commit, false);
        try
        {
            if (settings.IsOffline)
                throw new HttpRequestException("HF_HUB_OFFLINE is set");
            var request = new HubRequest(settings, reference, file);
            if (await request.SendAsync(cancellationToken).ConfigureAwait(false) is not { } answer)
            {
                if (request.Commit is { } known && known.All(char.IsAsciiHexDigit))
                    cache.SetMissing(known, file);
                return null;
            }
            cache.SetCommit(answer.Commit);
            string path = await FetchAsync(cache, reference, file, answer, progress, cancellationToken).ConfigureAwait(false);
            return (path, answer.Commit, true);
        }
        catch (Exception e) when (e is HttpRequestException or TimeoutException)
        {
            if (cached is var (kept, last))
                return (kept, last, false);
            return !isNeeded ? null
                : throw new DownloadException($"{reference}: {file} is not in the cache, and {settings.Address} cannot be asked for "
                    + $"it: {e.Message.TrimEnd('.')}. Where there is no network, copy the folder of the cache, {settings.Cache}.", e);
        }
    }

    private async Task<string> FetchAsync(HubCache cache, HubReference reference, string file, HubFile answer,
        IProgress<(long Done, long Total)>? progress, CancellationToken cancellationToken)
    {
        if (File.Exists(cache.PathOf(answer.Commit, file)))
            return cache.PathOf(answer.Commit, file);
        var remote = new RemoteFile(answer.Location, answer.Sha256, answer.Size)
        {
            FileName = answer.ETag,
            Authorization = settings.AuthorizationFor(answer.Location),
        };
        try
        {
            string blob = await new DownloadCache(cache.Blobs).GetAsync(remote, progress, cancellationToken).ConfigureAwait(false);
            return cache.Link(blob, answer.Commit, file);
        }
        catch (DownloadException e)
        {
            // The address of a content delivery network is long, expires, and is a secret of its own.
            string reason = (e.InnerException ?? e).Message.TrimEnd('.');
            throw new DownloadException($"{reference}: {file} could not be downloaded from {answer.Location.Host}: {reason}. "
                + "A later try resumes the download.", e);
        }
    }
}
