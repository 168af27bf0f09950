using System.Security.Cryptography;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>What <see cref="DownloadCacheTests"/> does not cover: the hash is part of the file's name.</summary>
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
    public async Task Weights_with_another_hash_are_refused()
    {
        var error = await Assert.ThrowsAsync<DownloadException>(() => _store.GetAsync(Entry("00000000"), cancellationToken: Cancellation));
        Assert.Contains("not 00000000", error.Message, StringComparison.Ordinal);
    }
}
