using System.Diagnostics;
using System.Security.Cryptography;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public sealed class DownloadCacheTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[300_000];
    private readonly FileServer _server;
    private readonly RemoteFile _file;

    public DownloadCacheTests()
    {
        new Random(1).NextBytes(_content);
        _server = new FileServer(_content);
        string hash = Convert.ToHexStringLower(SHA256.HashData(_content))[..8];
        _file = new RemoteFile(_server.Url($"net-{hash}.pth"), hash);
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Target => _folder.File($"weights/{_file.FileName}");

    private string Get(RemoteFile? file = null, IProgress<(long, long)>? progress = null) =>
        new DownloadCache(_folder.File("weights")).Get(file ?? _file, progress, Cancellation);

    private string MessageOfGet(RemoteFile? file = null) => Assert.Throws<DownloadException>(() => Get(file)).Message;

    [Fact]
    public void A_file_is_downloaded_once_with_progress()
    {
        var progress = new Recorder();
        Assert.Equal(_content, File.ReadAllBytes(Get(progress: progress)));
        Get();
        Assert.Equal([0L], _server.Requests);
        Assert.Equal((300_000, 300_000), progress.Last);
        Assert.DoesNotContain(Directory.GetFiles(_folder.File("weights")), f => f.EndsWith(".part", StringComparison.Ordinal));
    }

    [Fact]
    public void A_broken_connection_is_resumed_where_it_broke()
    {
        _server.Cuts.Enqueue(100_000);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
        Assert.Equal([0L, 100_000L], _server.Requests);
    }

    [Fact]
    public void A_download_that_breaks_twice_is_resumed_by_the_next_call()
    {
        _server.Cuts.Enqueue(100_000);
        _server.Cuts.Enqueue(50_000);
        Assert.Throws<DownloadException>(() => Get());
        Assert.Equal(_content, File.ReadAllBytes(Get()));
        Assert.Equal([0L, 100_000L, 150_000L], _server.Requests);
    }

    [Fact]
    public void A_server_without_ranges_sends_the_whole_file_again()
    {
        _server.Ranges = false;
        _server.Cuts.Enqueue(100_000);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
    }

    [Fact]
    public void A_complete_part_is_only_verified()
    {
        Directory.CreateDirectory(_folder.File("weights"));
        File.WriteAllBytes(Target + ".part", _content);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
    }

    [Fact]
    public void A_wrong_hash_is_reported_and_nothing_is_kept()
    {
        Assert.Contains("not 00000000", MessageOfGet(_file with { HashPrefix = "00000000" }), StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_folder.File("weights")), f => Assert.EndsWith(".lock", f, StringComparison.Ordinal));
    }

    [Fact]
    public void A_wrong_length_is_reported_and_nothing_is_kept()
    {
        string message = MessageOfGet(_file with { HashPrefix = "", Length = 300_001 });
        Assert.Contains("it has 300000 bytes, not 300001; the downloaded bytes have been deleted", message, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_folder.File("weights")), f => Assert.EndsWith(".lock", f, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("404 Not Found", "404")]
    [InlineData("503 Service Unavailable", "503")]
    public void An_error_of_the_server_says_where_to_put_the_file(string status, string code)
    {
        _server.Status = status;
        string message = MessageOfGet();
        Assert.Contains(code, message, StringComparison.Ordinal);
        Assert.EndsWith($"Get the file by other means and put it at {Target}.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_connection_a_file_that_was_put_there_is_used()
    {
        _server.Dispose();
        Assert.Contains("put it at", MessageOfGet(), StringComparison.Ordinal);
        Assert.False(File.Exists(Target + ".part"));
        File.WriteAllBytes(Target, [1, 2, 3]);
        Assert.Equal(Target, Get());
    }

    [Fact]
    public void A_server_that_never_answers_is_given_up()
    {
        _server.Silent = true;
        var cache = new DownloadCache(_folder.File("weights"), stall: TimeSpan.FromSeconds(0.3));
        string message = Assert.Throws<DownloadException>(() => cache.Get(_file, cancellationToken: Cancellation)).Message;
        Assert.Contains("the server sent nothing for 0.3 s", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_canceled_download_is_resumed()
    {
        // Canceled after the first bytes, which are less than half of the file.
        using var cancellation = new CancellationTokenSource();
        var progress = new Recorder { OnReport = cancellation.Cancel };
        var cache = new DownloadCache(_folder.File("weights"));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cache.GetAsync(_file, progress, cancellation.Token));
        Assert.Equal(_content, await File.ReadAllBytesAsync(await cache.GetAsync(_file, cancellationToken: Cancellation), Cancellation));
        Assert.InRange(_server.Requests[1], 1, _content.Length - 1);
    }

    [Fact]
    public async Task Waiting_for_another_download_of_the_file_can_be_canceled()
    {
        Directory.CreateDirectory(_folder.File("weights"));
        using var held = new FileStream(Target + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        using var cancellation = new CancellationTokenSource();
        var download = new DownloadCache(_folder.File("weights")).GetAsync(_file, cancellationToken: cancellation.Token);
        Assert.False(download.IsCompleted);
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => download);
        Assert.Empty(_server.Requests);
    }

    [Fact]
    public void A_folder_that_cannot_be_created_is_reported()
    {
        File.WriteAllText(_folder.File("weights"), "a file where the folder should be");
        Assert.Contains("put it at", MessageOfGet(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_reported_and_the_next_call_succeeds()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full, a device that is always full.");
        Directory.CreateDirectory(_folder.File("weights"));
        string part = Target + ".part";
        File.CreateSymbolicLink(part, "/dev/full");
        Assert.Contains("put it at", MessageOfGet(), StringComparison.Ordinal);
        File.Delete(part);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
    }

    [Fact]
    public async Task Two_processes_download_a_file_once()
    {
        _server.DelayPerBlock = 5;
        var start = new ProcessStartInfo("dotnet", [Programs.Path("Download"), _folder.File("weights"), _file.Url.ToString()])
        {
            RedirectStandardOutput = true,
        };
        using var other = Process.Start(start)!;
        while (_server.Requests.Count == 0)
            await Task.Delay(20, Cancellation);
        string path = await new DownloadCache(_folder.File("weights")).GetAsync(_file, cancellationToken: Cancellation);
        await other.WaitForExitAsync(Cancellation);
        Assert.Equal(0, other.ExitCode);
        Assert.Equal(path, (await other.StandardOutput.ReadToEndAsync(Cancellation)).Trim());
        Assert.Equal(_content, await File.ReadAllBytesAsync(path, Cancellation));
        Assert.Single(_server.Requests);
    }

    private sealed class Recorder : IProgress<(long, long)>
    {
        public (long, long) Last { get; private set; }

        public Action? OnReport { get; init; }

        public void Report((long, long) value)
        {
            Last = value;
            OnReport?.Invoke();
        }
    }
}
