using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace TransferKit.Tests.Pipelines.Serving;

/// <summary>A server in a process of its own, and a client of it.</summary>
internal sealed partial class ServerProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();
    private readonly HttpClient _client = new();

    private ServerProcess(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [program, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        Process = Process.Start(start)!;
        Process.OutputDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        Process.ErrorDataReceived += (_, line) => _lines.Writer.TryWrite(line.Data ?? "");
        Process.BeginOutputReadLine();
        Process.BeginErrorReadLine();
    }

    public sealed record Answer(string Label, int Generation);

    public Process Process { get; }

    /// <summary>Starts a server and waits until it prints the address it listens on.</summary>
    public static async Task<ServerProcess> Start(string program, params string[] arguments)
    {
        var server = new ServerProcess(program, arguments);
        string line = await server.Line("http://");
        server._client.BaseAddress = new Uri(Address().Match(line).Value);
        return server;
    }

    /// <summary>Waits for the next line of output that contains a text.</summary>
    public async Task<string> Line(string text)
    {
        using var timeout = new CancellationTokenSource(Patience);
        while (true)
        {
            string line = await _lines.Reader.ReadAsync(timeout.Token);
            if (line.Contains(text, StringComparison.Ordinal))
                return line;
        }
    }

    public async Task<Answer> Classify(byte[] photo)
    {
        using var content = new ByteArrayContent(photo) { Headers = { { "Content-Type", "image/jpeg" } } };
        using var response = await _client.PostAsync("/classify", content);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return (await response.Content.ReadFromJsonAsync<Answer>())!;
    }

    public void Dispose()
    {
        Process.Kill();
        Process.WaitForExit();
        Process.Dispose();
        _client.Dispose();
    }

    [GeneratedRegex(@"http://[\d.]+:\d+")]
    private static partial Regex Address();
}
