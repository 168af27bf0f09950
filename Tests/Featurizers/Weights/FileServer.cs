using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>An HTTP server on the loopback that serves one file, with ranges, and breaks as it is told to.</summary>
internal sealed class FileServer : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _content;

    public FileServer(byte[] content)
    {
        _content = content;
        _listener.Start();
        _ = Task.Run(Serve);
    }

    /// <summary>Where each request asked to begin.</summary>
    public List<long> Requests { get; } = [];

    /// <summary>How many bytes to send before each of the next connections is cut.</summary>
    public Queue<int> Cuts { get; } = [];

    public string Status { get; set; } = "200 OK";

    public bool Ranges { get; set; } = true;

    public int DelayPerBlock { get; set; }

    /// <summary>Whether to take requests and never answer.</summary>
    public bool Silent { get; set; }

    public Uri Url(string name) => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}/models/{name}");

    public void Dispose() => _listener.Stop();

    private async Task Serve()
    {
        try
        {
            while (true)
                _ = Answer(await _listener.AcceptTcpClientAsync());
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task Answer(TcpClient client)
    {
        using var _ = client;
        var stream = client.GetStream();
        using var reader = new StreamReader(stream);
        long start = 0;
        while (await reader.ReadLineAsync() is { Length: > 0 } line)
            if (line.StartsWith("Range: bytes=", StringComparison.OrdinalIgnoreCase) && Ranges)
                start = long.Parse(line["Range: bytes=".Length..].TrimEnd('-'), System.Globalization.CultureInfo.InvariantCulture);
        int cut;
        lock (Requests)
        {
            Requests.Add(start);
            cut = Cuts.TryDequeue(out int c) ? c : int.MaxValue;
        }
        if (Silent)
            await Task.Delay(Timeout.Infinite);
        string status = Status != "200 OK" ? Status : start >= _content.Length ? "416 Range Not Satisfiable" : start > 0 ? "206 Partial Content" : Status;
        byte[] body = status[0] == '2' ? _content[(int)start..] : [];
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n"));
        foreach (byte[] block in body[..Math.Min(body.Length, cut)].Chunk(4096))
        {
            await stream.WriteAsync(block);
            await Task.Delay(DelayPerBlock);
        }
    }
}
