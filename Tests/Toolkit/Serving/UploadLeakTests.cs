using System.Diagnostics;

namespace TransferKit.Tests.Toolkit.Serving;

/// <summary>Memory and threads of the test process. No other test runs meanwhile, because it would change them as well.</summary>
[CollectionDefinition(nameof(UploadLeakTests), DisableParallelization = true)]
[Collection(nameof(UploadLeakTests))]
public sealed class UploadLeakTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Fact]
    public async Task Malicious_uploads_leak_neither_memory_nor_threads()
    {
        // The first uploads fill caches and pools.
        await SendAll();
        var before = Measure();
        for (int i = 0; i < 3; i++)
            await SendAll();
        var after = Measure();
        Assert.True(after.ManagedMegabytes - before.ManagedMegabytes < 32, $"{before}, then {after}");
        Assert.True(after.Megabytes - before.Megabytes < 100, $"{before}, then {after}");
        Assert.True(after.Threads - before.Threads < 20, $"{before}, then {after}");
        // The server still works.
        string photo = Path.Combine(server.Photos, "bars", "00.jpg");
        string response = await MaliciousUploads.Body(server, await File.ReadAllBytesAsync(photo));
        Assert.Contains($"\"label\":\"{server.Labels[photo]}\"", response, StringComparison.Ordinal);

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
