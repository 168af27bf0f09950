using System.Net.Http.Headers;

namespace TransferKit.Weights;

/// <summary>Where the hub is, the folder of its cache and the user's token, by the environment variables of huggingface_hub.</summary>
/// <param name="Endpoint">The address of the hub.</param>
/// <param name="Cache">The folder of the cache.</param>
/// <param name="Token">The user's token, or null.</param>
/// <param name="IsOffline">Whether the hub may not be asked.</param>
/// <remarks>src/huggingface_hub/constants.py and utils/_auth.py in huggingface/huggingface_hub.</remarks>
internal sealed record HubSettings(Uri Endpoint, string Cache, string? Token, bool IsOffline)
{
    /// <summary>The time that the hub has to answer a question; a download may take longer.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The address of the hub without a slash at its end.</summary>
    public string Address => Endpoint.AbsoluteUri.TrimEnd('/');

    /// <summary>Reads the environment.</summary>
    /// <exception cref="ArgumentException">A variable is invalid; the message names it.</exception>
    public static HubSettings FromEnvironment()
    {
        string endpoint = Variable("HF_ENDPOINT") ?? "https://huggingface.co";
        if (!Uri.TryCreate(endpoint.TrimEnd('/'), UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https"))
            throw new ArgumentException($"HF_ENDPOINT = '{endpoint}' is invalid: it must be an address, such as https://huggingface.co.");
        string home = Home();
        string cache = Folder("HF_HUB_CACHE") ?? Folder("HUGGINGFACE_HUB_CACHE") ?? Path.Combine(home, "hub");
        return new(address, cache, FindToken(home), Variable("HF_HUB_OFFLINE")?.ToUpperInvariant() is "1" or "ON" or "YES" or "TRUE");
    }

    /// <summary>Returns the address of a file in a repository.</summary>
    public Uri UrlOf(HubReference reference, string file)
    {
        string path = string.Join('/', file.Split('/').Select(Uri.EscapeDataString));
        return new($"{Address}/{reference.Repository}/resolve/{Uri.EscapeDataString(reference.Revision)}/{path}");
    }

    /// <summary>Returns the token for an address of the hub itself; null for every other host, which must not see it.</summary>
    public AuthenticationHeaderValue? AuthorizationFor(Uri url) =>
        Token is not null && IsHub(url) ? new AuthenticationHeaderValue("Bearer", Token) : null;

    /// <summary>Whether an address is one of the hub itself.</summary>
    public bool IsHub(Uri url) => Uri.Compare(
        url, Endpoint, UriComponents.SchemeAndServer, UriFormat.SafeUnescaped, StringComparison.OrdinalIgnoreCase) == 0;

    private static string Home()
    {
        if (Folder("HF_HOME") is { } home)
            return home;
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.Combine(Folder("XDG_CACHE_HOME") ?? Path.Combine(user, ".cache"), "huggingface");
    }

    private static string? FindToken(string home)
    {
        string? token = Variable("HF_TOKEN") ?? Variable("HUGGING_FACE_HUB_TOKEN");
        string file = Folder("HF_TOKEN_PATH") ?? Path.Combine(home, "token");
        token ??= File.Exists(file) ? File.ReadAllText(file) : null;
        return string.IsNullOrWhiteSpace(token) ? null : token.Trim();
    }

    private static string? Folder(string name)
    {
        if (Variable(name) is not { } path)
            return null;
        string user = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.GetFullPath(path == "~" || path.StartsWith("~/", StringComparison.Ordinal) ? user + path[1..] : path);
    }

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
