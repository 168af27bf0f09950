using System.Diagnostics;
using System.Security.Cryptography;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

public sealed class WeightStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = new byte[300_000];
    private readonly FileServer _server;
    private readonly WeightEntry _entry;

    public WeightStoreTests()
    {
        new Random(1).NextBytes(_content);
        _server = new FileServer(_content);
        _entry = Entry($"net-{Convert.ToHexStringLower(SHA256.HashData(_content))[..8]}.pth");
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    private WeightEntry Entry(string file) => new("TEST", _server.Url(file), Preprocessing.ImageNet, null, null, null);

    private string Get(WeightEntry? entry = null, IProgress<(long, long)>? progress = null) =>
        new WeightStore(_folder.File("weights")).Get(entry ?? _entry, progress, TestContext.Current.CancellationToken);

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
    public void A_cut_connection_is_resumed_where_it_broke()
    {
        _server.Cuts.Enqueue(100_000);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
        Assert.Equal([0L, 100_000L], _server.Requests);
    }

    [Fact]
    public void A_download_that_breaks_twice_goes_on_at_the_next_call()
    {
        _server.Cuts.Enqueue(100_000);
        _server.Cuts.Enqueue(50_000);
        Assert.Throws<WeightDownloadException>(() => Get());
        Assert.Equal(_content, File.ReadAllBytes(Get()));
        Assert.Equal([0L, 100_000L, 150_000L], _server.Requests);
    }

    [Fact]
    public void A_server_without_ranges_begins_again()
    {
        _server.Ranges = false;
        _server.Cuts.Enqueue(100_000);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
    }

    [Fact]
    public void A_part_that_is_whole_already_is_only_verified()
    {
        Directory.CreateDirectory(_folder.File("weights"));
        File.WriteAllBytes(_folder.File($"weights/{_entry.FileName}.part"), _content);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
    }

    [Fact]
    public void A_wrong_hash_is_told_and_nothing_is_kept()
    {
        string message = Assert.Throws<WeightDownloadException>(() => Get(Entry("net-00000000.pth"))).Message;
        Assert.Contains("not 00000000", message, StringComparison.Ordinal);
        Assert.All(Directory.GetFiles(_folder.File("weights")), f => Assert.EndsWith(".lock", f, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("404 Not Found", "404")]
    [InlineData("503 Service Unavailable", "503")]
    public void A_refusal_says_which_file_to_put_where(string status, string said)
    {
        _server.Status = status;
        string message = Assert.Throws<WeightDownloadException>(() => Get()).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.EndsWith($"Get the file by other means and put it at {_folder.File($"weights/{_entry.FileName}")}.", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Offline_gives_the_same_answer_and_a_file_put_there_is_taken()
    {
        _server.Dispose();
        Assert.Contains("put it at", Assert.Throws<WeightDownloadException>(() => Get()).Message, StringComparison.Ordinal);
        string path = _folder.File($"weights/{_entry.FileName}");
        File.WriteAllBytes(path, [1, 2, 3]);
        Assert.Equal(path, Get());
    }

    [Fact]
    public void A_server_that_never_answers_is_given_up()
    {
        _server.Silent = true;
        string message = Assert.Throws<WeightDownloadException>(() =>
            new WeightStore(_folder.File("weights"), TimeSpan.FromSeconds(0.3)).Get(_entry, cancellation: TestContext.Current.CancellationToken)).Message;
        Assert.Contains("the server sent nothing for 0.3 s", message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_cancelled_download_is_resumed()
    {
        _server.DelayPerBlock = 20;
        using var cancellation = new CancellationTokenSource(300);
        Assert.ThrowsAny<OperationCanceledException>(() => new WeightStore(_folder.File("weights")).Get(_entry, cancellation: cancellation.Token));
        _server.DelayPerBlock = 0;
        Assert.Equal(_content, File.ReadAllBytes(Get()));
        Assert.InRange(_server.Requests[1], 1, _content.Length - 1);
    }

    [Fact]
    public void An_unwritable_folder_is_told()
    {
        File.WriteAllText(_folder.File("weights"), "a file where the folder should be");
        Assert.Contains("put it at", Assert.Throws<WeightDownloadException>(() => Get()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_disk_is_told_and_the_next_call_goes_on()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "There is no /dev/full, a device that is always full.");
        Directory.CreateDirectory(_folder.File("weights"));
        string part = _folder.File($"weights/{_entry.FileName}.part");
        File.CreateSymbolicLink(part, "/dev/full");
        Assert.Contains("put it at", Assert.Throws<WeightDownloadException>(() => Get()).Message, StringComparison.Ordinal);
        File.Delete(part);
        Assert.Equal(_content, File.ReadAllBytes(Get()));
    }

    [Fact]
    public async Task Two_processes_at_once_download_it_once()
    {
        _server.DelayPerBlock = 5;
        using var other = Process.Start(new ProcessStartInfo("dotnet", [Programs.Path("Download"), _folder.File("weights"), _entry.Url.ToString()]) { RedirectStandardOutput = true })!;
        while (_server.Requests.Count == 0)
            await Task.Delay(20, TestContext.Current.CancellationToken);
        string mine = await Task.Run(() => Get(), TestContext.Current.CancellationToken);
        await other.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, other.ExitCode);
        Assert.Equal(mine, (await other.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).Trim());
        Assert.Equal(_content, await File.ReadAllBytesAsync(mine, TestContext.Current.CancellationToken));
        Assert.Single(_server.Requests);
    }

    private sealed class Recorder : IProgress<(long, long)>
    {
        public (long, long) Last { get; private set; }

        public void Report((long, long) value) => Last = value;
    }
}
