using System.Net;
using System.Text.RegularExpressions;

namespace TransferKit.Weights;

/// <summary>Asks a hub about a file: a HEAD request, whose redirects are followed as long as they stay on the hub.</summary>
/// <param name="settings">Where the hub is, and the token.</param>
/// <param name="reference">The repository.</param>
/// <param name="file">The path of the file in it.</param>
internal sealed partial class HubRequest(HubSettings settings, HubReference reference, string file)
{
    private const int MaxRedirects = 10;

    // Redirects are followed here, because the token must go along to the hub and nowhere else.
    private static readonly HttpClient Client = new(new SocketsHttpHandler { AllowAutoRedirect = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    private string? _commit, _linkedETag, _linkedSize;

    /// <summary>The commit that the revision is at; null before it is known.</summary>
    public string? Commit => _commit;

    /// <summary>Sends the request.</summary>
    /// <returns>The answer, or null where the repository has no such file.</returns>
    /// <exception cref="HttpRequestException">The hub cannot be reached, or has an error of its own.</exception>
    /// <exception cref="TimeoutException">The hub does not answer.</exception>
    /// <exception cref="DownloadException">The hub refuses the request; the message says what to do.</exception>
    public async Task<HubFile?> SendAsync(CancellationToken cancellationToken)
    {
        var url = settings.UrlOf(reference, file);
        for (int i = 0; i < MaxRedirects; i++)
        {
            using var response = await HeadAsync(url, cancellationToken).ConfigureAwait(false);
            _commit ??= Header(response, "X-Repo-Commit");
            _linkedETag ??= Header(response, "X-Linked-Etag");
            _linkedSize ??= Header(response, "X-Linked-Size");
            bool isRedirect = (int)response.StatusCode is >= 300 and < 400 && response.Headers.Location is not null;
            if (isRedirect)
                url = new Uri(url, response.Headers.Location!);
            if (isRedirect && settings.IsHub(url))
                continue;
            if (isRedirect || response.IsSuccessStatusCode)
                return Describe(response, url);
            return IsMissing(response) ? null : throw Error(response);
        }
        throw new HttpRequestException($"more than {MaxRedirects} redirects");
    }

    private async Task<HttpResponseMessage> HeadAsync(Uri url, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, url);
        request.Headers.Authorization = settings.AuthorizationFor(url);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(settings.Timeout);
        try
        {
            return await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, timeout.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException($"no answer within {settings.Timeout.TotalSeconds} s", e);
        }
    }

    private HubFile Describe(HttpResponseMessage response, Uri location)
    {
        string? tag = Plain(_linkedETag ?? Header(response, "ETag"));
        // Both become names of files.
        if (_commit is null || tag is null || !FileName().IsMatch(_commit) || !FileName().IsMatch(tag))
        {
            throw new DownloadException($"{reference}: {settings.Address} does not answer as a Hugging Face hub does: X-Repo-Commit is "
                + $"'{_commit}' and the ETag '{tag}'. Check HF_ENDPOINT.");
        }
        long? size = long.TryParse(_linkedSize, out long linked) ? linked
            : response.IsSuccessStatusCode ? response.Content.Headers.ContentLength : null;
        return new(_commit, tag, size, location);
    }

    // A mirror may lack the code of the error.
    private static bool IsMissing(HttpResponseMessage response) => Header(response, "X-Error-Code") is var code
        && (code == "EntryNotFound" || code is null && response.StatusCode == HttpStatusCode.NotFound);

    private Exception Error(HttpResponseMessage response)
    {
        int status = (int)response.StatusCode;
        string? code = Header(response, "X-Error-Code");
        string token = settings.Token is null
            ? "set HF_TOKEN to a token that may read it" : "the token of HF_TOKEN, or of `hf auth login`, must be allowed to read it";
        string? reason = code switch
        {
            "RevisionNotFound" => $"the repository {reference.Repository} has no revision '{reference.Revision}'.",
            "RepoNotFound" => $"{settings.Address} has no repository {reference.Repository}, or it is private: then {token}.",
            "GatedRepo" => $"the repository {reference.Repository} is gated: accept its conditions at "
                + $"{settings.Address}/{reference.Repository}; {token}.",
            _ when status is 401 or 403 => $"access to the repository {reference.Repository} is refused ({status}): {token}.",
            _ => null,
        };
        return reason is not null ? new DownloadException($"{reference}: {reason}")
            : new HttpRequestException($"the hub answers {status} {response.ReasonPhrase}", null, response.StatusCode);
    }

    private static string? Header(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) || response.Content.Headers.TryGetValues(name, out values)
            ? values.FirstOrDefault() : null;

    // Without the mark of a weak ETag, and without the quotes.
    private static string? Plain(string? tag) =>
        tag?.StartsWith("W/", StringComparison.Ordinal) == true ? tag[2..].Trim('"') : tag?.Trim('"');

    [GeneratedRegex("^[0-9A-Za-z_-]{1,128}\\z")]
    private static partial Regex FileName();
}
