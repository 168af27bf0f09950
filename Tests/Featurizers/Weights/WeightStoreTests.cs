using System.Security.Cryptography;
using TransferKit.Images;
using TransferKit.Toolkit;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>
/// What <see cref="DownloadCacheTests"/> does not cover: the hash is part of the file's name, or there is a length instead, and weights are
/// announced.
/// </summary>
public sealed class WeightStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly byte[] _content = [1, 2, 3, 4, 5];
    private readonly FileServer _server;
    private readonly WeightStore _store;

    public WeightStoreTests()
    {
        _server = new FileServer(_content);
        _store = new WeightStore(_folder.File("weights"));
    }

    public void Dispose()
    {
        _server.Dispose();
        _folder.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private WeightEntry Entry(string hash) => new("TEST", _server.Url($"net-{hash}.pth"), Preprocessing.ImageNet, null, null, null);

    [Fact]
    public async Task Weights_are_downloaded_and_verified()
    {
        var entry = Entry(Convert.ToHexStringLower(SHA256.HashData(_content))[..8]);
        string path = await _store.GetAsync(entry, cancellationToken: Cancellation);
        Assert.Equal(_content, await File.ReadAllBytesAsync(path, Cancellation));
        Assert.Equal(path, _store.Get(entry, cancellationToken: Cancellation));
        Assert.Equal([0L], _server.Requests);
    }

    [Fact]
    public async Task Weights_without_a_published_hash_are_verified_by_their_length()
    {
        var entry = new WeightEntry("TEST", _server.Url("net_pretrain.pth"), null, null, null, null) { Length = 6 };
        Assert.Equal("", entry.HashPrefix);
        var error = await Assert.ThrowsAsync<DownloadException>(() => _store.GetAsync(entry, cancellationToken: Cancellation));
        Assert.Contains("it has 5 bytes, not 6; the downloaded bytes have been deleted", error.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(_folder.File("weights/net_pretrain.pth")));

        string path = await _store.GetAsync(entry with { Length = 5 }, cancellationToken: Cancellation);
        Assert.Equal(_content, await File.ReadAllBytesAsync(path, Cancellation));
    }

    [Fact]
    public void A_hash_that_is_not_part_of_the_name_is_verified()
    {
        var entry = new WeightEntry("TEST", _server.Url("net.pt"), null, null, null, null) { HashPrefix = new('0', 64) };
        var error = Assert.Throws<DownloadException>(() => _store.Get(entry, cancellationToken: Cancellation));
        Assert.Contains("not 000000", error.Message, StringComparison.Ordinal);
        _store.Get(entry with { HashPrefix = Convert.ToHexStringLower(SHA256.HashData(_content)) }, cancellationToken: Cancellation);
    }

    [Fact]
    public void Weights_are_announced_once_before_they_are_downloaded()
    {
        var entry = Entry(Convert.ToHexStringLower(SHA256.HashData(_content))[..8]) with { License = "CC-BY-NC-4.0" };
        var log = new StringWriter();
        var progress = new DownloadProgress(new CommandOutput(TextWriter.Null, log, json: false));
        _store.Get(entry, progress, Cancellation);
        Assert.StartsWith($"The license of TEST ({entry.FileName}) limits its use: CC-BY-NC-4.0.", $"{log}", StringComparison.Ordinal);
        int length = log.ToString().Length;
        _store.Get(entry, progress, Cancellation);
        Assert.Equal(length, log.ToString().Length);
        progress.Report(entry with { License = null, Length = 5 });
        Assert.EndsWith($"No hash of {entry.FileName} is published; its length is verified instead, 5 bytes.",
            log.ToString().TrimEnd(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Weights_with_another_hash_are_refused()
    {
        var error = await Assert.ThrowsAsync<DownloadException>(() => _store.GetAsync(Entry("00000000"), cancellationToken: Cancellation));
        Assert.Contains("not 00000000", error.Message, StringComparison.Ordinal);
    }
}
