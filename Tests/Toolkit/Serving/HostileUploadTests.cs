using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>Uploads that mean harm, byte by byte: no client of good manners sends them.</summary>
public sealed class HostileUploadTests(RunningServer server) : IClassFixture<RunningServer>
{
    private static readonly Dictionary<string, Func<RunningServer, Task<string>>> Uploads = new()
    {
        ["a gigabyte"] = s => Send(s, Head("Content-Length: 1000000000"), new byte[1 << 20]),
        ["a body without end"] = s => Send(s, Head("Transfer-Encoding: chunked"), Chunk, times: 40),
        ["more pixels than memory"] = s => Body(s, Png(50_000, 50_000)),
        ["more pixels than are accepted"] = s => Body(s, Png(10_000, 10_000)),
        ["a picture of no size"] = s => Body(s, Png(0, 7)),
        ["a slow sender"] = s => Send(s, Head("Content-Length: 100000"), [0xFF], times: 100, pause: 100),
        ["half a body"] = s => Send(s, Head("Content-Length: 100000"), new byte[50_000]),
        ["headers without end"] = s => Send(s, "POST /classify HTTP/1.1\r\nHost: localhost\r\n" + string.Concat(Enumerable.Repeat("X-A: b\r\n", 200)) + "\r\n", []),
        ["nonsense"] = s => Send(s, "\u0016\u0003\u0001 hello\r\n\r\n", []),
    };

    public static TheoryData<string, string> Cases => new()
    {
        { "a gigabyte", "413" }, { "a body without end", "413" }, { "more pixels than memory", "422" }, { "more pixels than are accepted", "422" }, { "a picture of no size", "422" },
        { "a slow sender", "408" }, { "half a body", "408" }, { "headers without end", "431" }, { "nonsense", "400" },
    };

    private static byte[] Chunk => [.. "100000\r\n"u8, .. new byte[1 << 20], .. "\r\n"u8];

    [Fact]
    public async Task Too_many_pixels_are_not_decoded() =>
        Assert.Contains("10000 x 10000 pixels are more than the 50000000 that are accepted.", await Uploads["more pixels than are accepted"](server), StringComparison.Ordinal);

    [Theory, MemberData(nameof(Cases))]
    public async Task It_is_refused_with_a_status(string upload, string status) =>
        Assert.StartsWith($"HTTP/1.1 {status} ", await Uploads[upload](server), StringComparison.Ordinal);

    /// <summary>A photo that is a web page as well is a photo: nothing of an upload is kept or sent back.</summary>
    [Fact]
    public async Task Of_a_polyglot_only_the_pixels_count()
    {
        string photo = Path.Combine(server.Photos, "bars", "00.jpg");
        byte[] both = [.. await File.ReadAllBytesAsync(photo), .. "<script>alert(1)</script>PK\u0003\u0004"u8];
        string answer = await Body(server, both);
        Assert.StartsWith("HTTP/1.1 200 ", answer, StringComparison.Ordinal);
        Assert.Contains($"\"label\":\"{server.Labels[photo]}\"", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("script", answer, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Afterwards_memory_and_threads_are_where_they_were()
    {
        await Round();
        var (megabytes, threads) = Used();
        for (int i = 0; i < 3; i++)
            await Round();
        var (then, later) = Used();
        Assert.True(then - megabytes < 100, $"{megabytes} MB, then {then}");
        Assert.True(later - threads < 20, $"{threads} threads, then {later}");
        // And it still works.
        await Of_a_polyglot_only_the_pixels_count();

        // More of each than uploads are read at a time.
        Task Round() => Task.WhenAll(Enumerable.Range(0, 30).SelectMany(_ => Uploads.Values.Select(send => send(server))));
    }

    private static (long Megabytes, int Threads) Used()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using var process = Process.GetCurrentProcess();
        return (process.WorkingSet64 >> 20, process.Threads.Count);
    }

    private static string Head(string length) => $"POST /classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n{length}\r\n\r\n";

    private static Task<string> Body(RunningServer server, byte[] body) => Send(server, Head($"Content-Length: {body.Length}\r\nConnection: close"), body);

    // Writes what is asked for while it is taken, and gives what comes back until the server closes, or a moment after the first of it.
    private static async Task<string> Send(RunningServer server, string head, byte[] part, int times = 1, int pause = 0)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(server.Address.Host, server.Address.Port);
        await using var stream = client.GetStream();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var answer = Answer(stream, patience.Token);
        try
        {
            await stream.WriteAsync(Encoding.Latin1.GetBytes(head));
            for (int i = 0; i < times && !answer.IsCompleted; i++)
            {
                await stream.WriteAsync(part);
                await Task.Delay(pause);
            }
        }
        catch (IOException)
        {
            // Refused while it was being sent; the answer says why.
        }
        return await answer;
    }

    private static async Task<string> Answer(NetworkStream stream, CancellationToken patience)
    {
        var text = new StringBuilder();
        byte[] buffer = new byte[1 << 16];
        try
        {
            for (int count; (count = await stream.ReadAsync(buffer, patience)) > 0;)
            {
                text.Append(Encoding.Latin1.GetString(buffer, 0, count));
                if (text.ToString().Contains("\r\n0\r\n", StringComparison.Ordinal))
                    break;
            }
        }
        catch (IOException) when (text.Length > 0)
        {
            // It was reset after the answer.
        }
        return text.ToString();
    }

    // A header that claims a size, and pixels that are cut off.
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
        byte[] length = new byte[4], check = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        byte[] named = [.. type, .. content];
        uint crc = uint.MaxValue;
        foreach (byte b in named)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++)
                crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        BinaryPrimitives.WriteUInt32BigEndian(check, ~crc);
        return [.. length, .. named, .. check];
    }
}
