using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>Malicious uploads, written byte by byte because no HTTP client would send them.</summary>
internal static class MaliciousUploads
{
    /// <summary>Uploads by name; each sends itself to a server and returns the response.</summary>
    public static readonly Dictionary<string, Func<RunningServer, Task<string>>> All = new()
    {
        ["a gigabyte"] = s => Send(s, Head("Content-Length: 1000000000"), new byte[1 << 20]),
        ["an endless body"] = s => Send(s, Head("Transfer-Encoding: chunked"), Chunk, times: 40),
        ["more pixels than memory"] = s => Body(s, Png(50_000, 50_000)),
        ["more pixels than the limit"] = s => Body(s, Png(10_000, 10_000)),
        ["an image of width 0"] = s => Body(s, Png(0, 7)),
        ["a slow sender"] = s => Send(s, Head("Content-Length: 100000"), [0xFF], times: 100, pause: 100),
        ["half a body"] = s => Send(s, Head("Content-Length: 100000"), new byte[50_000]),
        ["too many headers"] = s => Send(s, $"POST /classify HTTP/1.1\r\nHost: localhost\r\n{ManyHeaders}\r\n", []),
        ["no HTTP"] = s => Send(s, "\u0016\u0003\u0001 hello\r\n\r\n", []),
    };

    private static string ManyHeaders => string.Concat(Enumerable.Repeat("X-A: b\r\n", 200));

    private static byte[] Chunk => [.. "100000\r\n"u8, .. new byte[1 << 20], .. "\r\n"u8];

    private static string Head(string length) =>
        $"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n{length}\r\n\r\n";

    /// <summary>Posts a body to <c>/classify</c>.</summary>
    public static Task<string> Body(RunningServer server, byte[] body) =>
        Send(server, Head($"Content-Length: {body.Length}\r\nConnection: close"), body);

    // Writes a head and a number of parts, until the server responds, and returns the response.
    private static async Task<string> Send(RunningServer server, string head, byte[] part, int times = 1, int pause = 0)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await using var stream = client.GetStream();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var response = ReadResponse(stream, timeout.Token);
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head));
            for (int i = 0; i < times && !response.IsCompleted; i++)
            {
                await stream.WriteAsync(part);
                await Task.Delay(pause);
            }
        }
        catch (IOException)
        {
            // The server refused the upload while it was being sent; its response says why.
        }
        return await response;
    }

    private static async Task<string> ReadResponse(NetworkStream stream, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
                if (text.ToString().Contains("\r\n0\r\n", StringComparison.Ordinal))
                    break;
            }
        }
        catch (IOException) when (text.Length > 0)
        {
            // The connection was reset after the response.
        }
        return text.ToString();
    }

    // A PNG file with a header of the given size and truncated pixels.
    private static byte[] Png(uint width, uint height)
    {
        byte[] header = new byte[13];
        BinaryPrimitives.WriteUInt32BigEndian(header, width);
        BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4), height);
        header[8] = 1;
        return [0x89, .. "PNG\r\n"u8, 0x1A, 0x0A, .. Chunked("IHDR"u8, header), .. Chunked("IDAT"u8, [0x78, 0x9C, 0x63, 0x60])];
    }

    private static byte[] Chunked(ReadOnlySpan<byte> type, byte[] content)
    {
        byte[] length = new byte[4], checksum = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        byte[] typeAndContent = [.. type, .. content];
        uint crc = uint.MaxValue;
        foreach (byte b in typeAndContent)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        BinaryPrimitives.WriteUInt32BigEndian(checksum, ~crc);
        return [.. length, .. typeAndContent, .. checksum];
    }
}
