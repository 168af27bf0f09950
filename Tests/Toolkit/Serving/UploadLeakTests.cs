using System.Diagnostics;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>Memory and threads of the test process. No other test runs meanwhile, because it would change them as well.</summary>
[CollectionDefinition(nameof(UploadLeakTests), DisableParallelization = true)]
[Collection(nameof(UploadLeakTests))]
public sealed class UploadLeakTests(RunningServer server) : IClassFixture<RunningServer>
{
    /// <summary>A leak grows with every upload; pools of buffers grow until they serve the most uploads at a time.</summary>
    [Fact]
    public async Task Malicious_uploads_leak_neither_memory_nor_threads()
    {
        var growth = await Growth(rounds: 3);
        for (int i = 0; i < 3 && IsLarge(growth); i++)
            growth = await Growth(rounds: 3);
        Assert.False(IsLarge(growth), $"{growth}");
        // The server still works.
        string photo = Path.Combine(server.Photos, "bars", "00.jpg");
        string response = await MaliciousUploads.Body(server, await File.ReadAllBytesAsync(photo));
        Assert.StartsWith("HTTP/1.1 200 ", response, StringComparison.Ordinal);
        Assert.Contains($"\"label\":\"{server.Labels[photo]}\"", response, StringComparison.Ordinal);

        static bool IsLarge((long ManagedMegabytes, long Megabytes, int Threads) growth) =>
            growth.ManagedMegabytes >= 100 || growth.Megabytes >= 100 || growth.Threads >= 20;
    }

    private async Task<(long ManagedMegabytes, long Megabytes, int Threads)> Growth(int rounds)
    {
        await SendAll();
        var before = Measure();
        for (int i = 0; i < rounds; i++)
            await SendAll();
        var after = Measure();
        return (after.ManagedMegabytes - before.ManagedMegabytes, after.Megabytes - before.Megabytes, after.Threads - before.Threads);

        // More uploads at a time than the server accepts.
        Task SendAll() => Task.WhenAll(Enumerable.Range(0, 30).SelectMany(_ => MaliciousUploads.All.Values.Select(send => send(server))));
    }

    private static (long ManagedMegabytes, long Megabytes, int Threads) Measure()
    {
        long managed = GC.GetTotalMemory(forceFullCollection: true);
        using var process = Process.GetCurrentProcess();
        return (managed >> 20, process.WorkingSet64 >> 20, process.Threads.Count);
    }
}
