using System.Formats.Tar;
using System.IO.Compression;
using TransferKit.Toolkit;
using TransferKit.Weights;

namespace TransferKit.Tests.Toolkit.Commands;

public sealed class DatasetsTests : IDisposable
{
    private const string Installed = "/usr/share/datasets/fashion-mnist";
    private readonly TemporaryFolder _folder = new();
    private readonly StringWriter _error = new();

    public void Dispose()
    {
        _folder.Dispose();
        _error.Dispose();
    }

    private Datasets Sets(string installed = Installed) => new(new Shell(TextWriter.Null, _error, json: false), _folder.File("store"), installed);

    [Fact]
    public void Fashion_MNIST_becomes_folders()
    {
        Assert.SkipUnless(Directory.Exists(Installed), $"Debian's dataset-fashion-mnist is not installed in '{Installed}'.");
        string to = _folder.File("fashion");
        Assert.Equal(70_000, Sets().Write("fashion-mnist", to));
        Assert.Equal(6000, Directory.GetFiles(Path.Combine(to, "train", "T-shirt-top")).Length);
        Assert.Equal(1000, Directory.GetFiles(Path.Combine(to, "test", "Ankle boot")).Length);
        Assert.Contains("is there already", Assert.Throws<IOException>(() => Sets().Write("fashion-mnist", to)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_not_Fashion_MNIST_is_refused_and_nothing_is_left()
    {
        string installed = _folder.File("installed"), to = _folder.File("fashion");
        Directory.CreateDirectory(installed);
        using (var file = new GZipStream(File.Create(Path.Combine(installed, "train-images-idx3-ubyte.gz")), CompressionMode.Compress))
            file.Write(new byte[100]);
        Assert.Contains("is not Fashion-MNIST's", Assert.Throws<InvalidDataException>(() => Sets(installed).Write("fashion-mnist", to)).Message, StringComparison.Ordinal);
        Assert.Equal([installed], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("hymenoptera", "hymenoptera_data.zip")]
    [InlineData("flower_photos", "flower_photos.tgz")]
    public void Archives_are_unpacked_without_their_root(string name, string file)
    {
        string photos = Drawings.Folder(_folder, each: 2), archive = _folder.File(Path.Combine("store", file));
        Directory.CreateDirectory(Path.GetDirectoryName(archive)!);
        if (file.EndsWith(".zip", StringComparison.Ordinal))
            ZipFile.CreateFromDirectory(photos, archive, CompressionLevel.Fastest, includeBaseDirectory: true);
        else
            using (var packed = new GZipStream(File.Create(archive), CompressionMode.Compress))
                TarFile.CreateFromDirectory(photos, packed, includeBaseDirectory: true);
        Assert.Equal(4, Sets().Write(name, _folder.File("written")));
        Assert.Equal(["bars", "discs"], Directory.GetDirectories(_folder.File("written")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_file_of_another_length_is_refused()
    {
        byte[] content = new byte[1000];
        using var server = new Featurizers.Weights.FileServer(content);
        var file = new RemoteFile(server.Url("photos.zip"), Length: 1001);
        var wrong = Assert.Throws<WeightDownloadException>(() => new WeightStore(_folder.File("store")).Get(file, cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("it has 1000 bytes, not 1001; what was downloaded has been deleted", wrong.Message, StringComparison.Ordinal);
    }
}
