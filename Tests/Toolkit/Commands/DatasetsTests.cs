using System.Formats.Tar;
using System.IO.Compression;
using TransferKit.Toolkit;

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

    private Datasets Create(string installed = Installed) =>
        new(new CommandOutput(TextWriter.Null, _error, json: false), _folder.File("cache"), installed);

    [Fact]
    public void Fashion_MNIST_becomes_folders()
    {
        Assert.SkipUnless(Directory.Exists(Installed), $"Debian's dataset-fashion-mnist is not installed in '{Installed}'.");
        string to = _folder.File("fashion");
        Assert.Equal(70_000, Create().Write("fashion-mnist", to));
        Assert.Equal(6000, Directory.GetFiles(Path.Combine(to, "train", "T-shirt-top")).Length);
        Assert.Equal(1000, Directory.GetFiles(Path.Combine(to, "test", "Ankle boot")).Length);
        var error = Assert.Throws<IOException>(() => Create().Write("fashion-mnist", to));
        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_files_than_Fashion_MNISTs_are_refused_and_nothing_is_left()
    {
        string installed = _folder.File("installed"), to = _folder.File("fashion");
        Directory.CreateDirectory(installed);
        using (var file = new GZipStream(File.Create(Path.Combine(installed, "train-images-idx3-ubyte.gz")), CompressionMode.Compress))
            file.Write(new byte[100]);
        var error = Assert.Throws<InvalidDataException>(() => Create(installed).Write("fashion-mnist", to));
        Assert.Contains("is not Fashion-MNIST's", error.Message, StringComparison.Ordinal);
        Assert.Equal([installed], Directory.GetFileSystemEntries(_folder.Root));
    }

    [Theory]
    [InlineData("hymenoptera", "hymenoptera_data.zip")]
    [InlineData("flower_photos", "flower_photos.tgz")]
    public void Archives_are_extracted_without_their_root_folder(string name, string file)
    {
        string photos = Drawings.Folder(_folder, each: 2), archive = _folder.File(Path.Combine("cache", file));
        Directory.CreateDirectory(Path.GetDirectoryName(archive)!);
        if (file.EndsWith(".zip", StringComparison.Ordinal))
            ZipFile.CreateFromDirectory(photos, archive, CompressionLevel.Fastest, includeBaseDirectory: true);
        else
            using (var packed = new GZipStream(File.Create(archive), CompressionMode.Compress))
                TarFile.CreateFromDirectory(photos, packed, includeBaseDirectory: true);
        Assert.Equal(4, Create().Write(name, _folder.File("written")));
        var classes = Directory.GetDirectories(_folder.File("written")).Select(Path.GetFileName);
        Assert.Equal(["bars", "discs"], classes.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_unknown_name_is_refused_and_nothing_is_left()
    {
        var error = Assert.Throws<ArgumentException>(() => Create().Write("mnist", _folder.File("mnist")));
        Assert.Equal("Unknown dataset 'mnist'; it must be one of fashion-mnist, hymenoptera, flower_photos.", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Root));
    }
}
