using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>An HTTP server on the loopback interface that serves one file, supports ranges, and fails on demand.</summary>
internal sealed class FileServer : IDisposable
{
    private const string RangeHeader = "Range: bytes=";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly byte[] _content;

    public FileServer(byte[] content)
    {
        _content = content;
        _listener.Start();
        _ = Task.Run(Serve);
    }

    /// <summary>The first byte that each request asked for.</summary>
    public List<long> Requests { get; } = [];

    /// <summary>The numbers of bytes after which the next connections are cut.</summary>
    public Queue<int> Cuts { get; } = [];

    /// <summary>The status of every response.</summary>
    public string Status { get; set; } = "200 OK";

    /// <summary>Whether ranges are supported.</summary>
    public bool Ranges { get; set; } = true;

    /// <summary>The delay after each block of 4096 bytes, in milliseconds.</summary>
    public int DelayPerBlock { get; set; }

    /// <summary>Whether requests are accepted but never answered.</summary>
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
            if (line.StartsWith(RangeHeader, StringComparison.OrdinalIgnoreCase) && Ranges)
                start = long.Parse(line[RangeHeader.Length..].TrimEnd('-'), CultureInfo.InvariantCulture);
        int cut;
        lock (Requests)
        {
            Requests.Add(start);
            cut = Cuts.TryDequeue(out int length) ? length : int.MaxValue;
        }
        if (Silent)
            await Task.Delay(Timeout.Infinite);
        string status = StatusFor(start);
        byte[] body = status[0] == '2' ? _content[(int)start..] : [];
        string header = $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(header));
        foreach (byte[] block in body[..Math.Min(body.Length, cut)].Chunk(4096))
        {
            await stream.WriteAsync(block);
            await Task.Delay(DelayPerBlock);
        }
    }

    private string StatusFor(long start)
    {
        if (Status != "200 OK")
            return Status;
        return start >= _content.Length ? "416 Range Not Satisfiable" : start > 0 ? "206 Partial Content" : Status;
    }
}
