using System.Net;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>
/// A server that lays files out like Hugging Face's hub: small files come from the hub, large ones by a redirect to another host, and
/// errors have the headers of the hub.
/// </summary>
internal sealed class HubServer : IAsyncDisposable
{
    /// <summary>The token that may read private repositories.</summary>
    public const string Token = "hf_secret";

    /// <summary>The commits of the repositories: the branch main is at the second.</summary>
    public const string First = "1111111111111111111111111111111111111111", Second = "2222222222222222222222222222222222222222";

    private readonly WebApplication _app;
    private readonly Dictionary<(string Repository, string Commit, string File), byte[]> _files = [];

    private HubServer(WebApplication app) => _app = app;

    /// <summary>The requests: the host (hub or cdn), the method, the path, the token and the range.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The numbers of bytes after which the next connections to the other host are cut.</summary>
    public Queue<int> Cuts { get; } = [];

    /// <summary>What the other host sends instead of the content.</summary>
    public byte[]? Replacement { get; set; }

    /// <summary>The status that every request to the hub is answered with.</summary>
    public int? Status { get; set; }

    /// <summary>The ETag of every file; null for the right one.</summary>
    public string? ETag { get; set; }

    /// <summary>The address of the hub.</summary>
    public string Address { get; private set; } = "";

    private string ContentAddress { get; set; } = "";

    public static async Task<HubServer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.Listen(IPAddress.Loopback, 0);
            options.Listen(IPAddress.Loopback, 0);
        });
        var app = builder.Build();
        var server = new HubServer(app);
        app.Run(server.Answer);
        await app.StartAsync();
        string[] addresses = [.. app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses];
        (server.Address, server.ContentAddress) = (addresses[0], addresses[1]);
        return server;
    }

    /// <summary>Adds a file to a commit of a repository.</summary>
    public HubServer Add(string repository, string file, byte[] content, string commit = Second)
    {
        _files[(repository, commit, file)] = content;
        return this;
    }

    public static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static bool IsLarge(string file) => Path.GetExtension(file) is ".safetensors" or ".onnx" or ".onnx_data";

    private async Task Answer(HttpContext context)
    {
        bool isHub = Address.EndsWith($":{context.Connection.LocalPort}", StringComparison.Ordinal);
        var request = context.Request;
        string token = request.Headers.Authorization.ToString(), range = request.Headers.Range.ToString();
        lock (Requests)
            Requests.Add($"{(isHub ? "hub" : "cdn")} {request.Method} {request.Path} {token} {range}".TrimEnd());
        if (isHub)
            await AnswerHub(context, token);
        else
            await AnswerContent(context);
    }

    private async Task AnswerHub(HttpContext context, string token)
    {
        var response = context.Response;
        string[] parts = context.Request.Path.Value!.Split('/', 6);
        var (repository, revision, file) = ($"{parts[1]}/{parts[2]}", Uri.UnescapeDataString(parts[4]), parts[5]);
        if (Status is { } status)
        {
            response.StatusCode = status;
            return;
        }
        // A renamed repository: the hub redirects to another path of its own.
        if (repository == "org/old-name")
        {
            response.StatusCode = 307;
            response.Headers.Location = $"/org/private/resolve/{parts[4]}/{file}";
            return;
        }
        bool isKnown = _files.Keys.Any(key => key.Repository == repository);
        if (!isKnown || (repository == "org/private" && token != $"Bearer {Token}"))
        {
            // Whoever has no token is not told whether a repository is private or missing.
            Refuse(response, token.Length == 0 ? 401 : 404, "RepoNotFound");
            return;
        }
        if (repository == "org/gated" && token.Length == 0)
        {
            Refuse(response, 401, "GatedRepo");
            return;
        }
        if (repository == "org/forbidden")
        {
            Refuse(response, 403, null);
            return;
        }
        string? commit = revision switch { "main" or "refs/pr/1" => Second, "v1" => First, First or Second => revision, _ => null };
        if (commit is null)
        {
            Refuse(response, 404, "RevisionNotFound");
            return;
        }
        response.Headers["X-Repo-Commit"] = commit;
        if (!_files.TryGetValue((repository, commit, file), out byte[]? content))
        {
            Refuse(response, 404, "EntryNotFound");
            return;
        }
        if (IsLarge(file))
        {
            response.Headers["X-Linked-Etag"] = $"\"{ETag ?? Sha256(content)}\"";
            response.Headers["X-Linked-Size"] = $"{content.Length}";
            response.StatusCode = 302;
            response.Headers.Location = $"{ContentAddress}/{repository}/{commit}/{file}?signature=abc";
            return;
        }
        response.Headers.ETag = $"W/\"{ETag ?? Sha256(content)[..40]}\"";
        response.ContentLength = content.Length;
        if (context.Request.Method != "HEAD")
            await response.Body.WriteAsync(content);
    }

    private async Task AnswerContent(HttpContext context)
    {
        string[] parts = context.Request.Path.Value!.Split('/', 5);
        byte[] content = Replacement ?? _files[($"{parts[1]}/{parts[2]}", parts[3], parts[4])];
        if (Cuts.TryDequeue(out int cut))
        {
            context.Response.ContentLength = content.Length;
            await context.Response.Body.WriteAsync(content.AsMemory(0, cut));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return;
        }
        await Results.Bytes(content, enableRangeProcessing: true).ExecuteAsync(context);
    }

    private static void Refuse(HttpResponse response, int status, string? code)
    {
        response.StatusCode = status;
        if (code is not null)
            response.Headers["X-Error-Code"] = code;
    }
}
