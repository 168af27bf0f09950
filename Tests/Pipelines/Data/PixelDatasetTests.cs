using System.Buffers.Binary;
using System.IO.Compression;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Images;
using TransferKit.Tests.Toolkit;

namespace TransferKit.Tests.Pipelines.Data;

public sealed class PixelDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _context = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void IDX_files_are_read_as_images_and_numbers()
    {
        Idx("train", count: 3, side: 4, gzip: true);
        Idx("t10k", count: 2, side: 4, gzip: false);
        var (train, test) = (_context.Data.LoadPixelDataset(_folder.Root), _context.Data.LoadPixelDataset(_folder.Root, test: true));
        Assert.Equal((3, 2), (train.Count, test.Count));
        Assert.Equal(["0", "1", "2"], train.GetColumn<string>("Label"));
        var picture = ImageDecoder.Decode(train.GetColumn<byte[]>("Image").ElementAt(1));
        Assert.Equal((4, 4), (picture.Width, picture.Height));
        Assert.Equal([16, 16, 16, 255, 17, 17, 17, 255], picture.Pixels[..8].ToArray());
    }

    [Fact]
    public void Fashion_MNIST_has_names()
    {
        const string Folder = "/usr/share/datasets/fashion-mnist";
        Assert.SkipUnless(Directory.Exists(Folder), $"Debian's dataset-fashion-mnist is not installed in '{Folder}'.");
        var test = _context.Data.LoadPixelDataset(Folder, test: true);
        Assert.Equal(10_000, test.Count);
        Assert.Equal(["Ankle boot", "Pullover", "Trouser", "Trouser", "Shirt"], test.GetColumn<string>("Label").Take(5));
    }

    [Fact]
    public void CIFAR_10_is_read_as_images_and_names()
    {
        File.WriteAllBytes(_folder.File("data_batch_1.bin"), [.. Record(3, 10), .. Record(9, 20)]);
        File.WriteAllBytes(_folder.File("data_batch_2.bin"), Record(0, 30));
        File.WriteAllBytes(_folder.File("test_batch.bin"), Record(1, 40));
        var train = _context.Data.LoadPixelDataset(_folder.Root);
        Assert.Equal(["cat", "truck", "airplane"], train.GetColumn<string>("Label"));
        Assert.Equal(["automobile"], _context.Data.LoadPixelDataset(_folder.Root, test: true).GetColumn<string>("Label"));
        Assert.Equal([20, 21, 22], ImageDecoder.Decode(train.GetColumn<byte[]>("Image").ElementAt(1)).Pixels[..3].ToArray());
    }

    [Fact]
    public void The_command_trains_on_them()
    {
        Idx("train", count: 60, side: 8, gzip: true);
        Idx("t10k", count: 20, side: 8, gzip: true);
        var (code, output, error) = CliTests.Run("finetune", _folder.Root, "--backbone", "lenet5", "--weights", "none", "--mode", "all", "--epochs", "1", "--out", _folder.File("run"), "--json");
        Assert.True(code == 0, error);
        Assert.Contains("\"total\": 20", output, StringComparison.Ordinal);
        string model = Path.Combine(_folder.File("run"), "model.zip");
        (code, var again, error) = CliTests.Run("evaluate", model, _folder.Root, "--json");
        Assert.True(code == 0, error);
        Assert.Equal(JsonDocument.Parse(output).RootElement.GetProperty("correct").GetInt32(), JsonDocument.Parse(again).RootElement.GetProperty("correct").GetInt32());
        string photo = Directory.GetFiles(Drawings.Folder(_folder, each: 1), "*", SearchOption.AllDirectories)[0];
        (code, output, error) = CliTests.Run("predict", model, photo, "--json", "--top", "10");
        Assert.True(code == 0, error);
        Assert.Equal(10, JsonDocument.Parse(output).RootElement[0].GetProperty("predictions").GetArrayLength());
        (code, output, error) = CliTests.Run("compare", _folder.Root, "--backbone", "lenet5", "--weights", "none", "--epochs", "1", "--ways", "svm", "last-layer", "--json");
        Assert.True(code == 0, error);
        Assert.Equal(2, JsonDocument.Parse(output).RootElement.GetArrayLength());
    }

    [Fact]
    public void Malformed_files_are_named()
    {
        Assert.Contains("holds neither Fashion-MNIST", Assert.Throws<InvalidDataException>(() => _context.Data.LoadPixelDataset(_folder.Root)).Message, StringComparison.Ordinal);
        Idx("train", count: 2, side: 4, gzip: false);
        string images = _folder.File("train-images-idx3-ubyte");
        File.WriteAllBytes(images, File.ReadAllBytes(images)[..^1]);
        Assert.Contains("has 31 bytes for 2 x 4 x 4", Assert.Throws<InvalidDataException>(() => _context.Data.LoadPixelDataset(_folder.Root)).Message, StringComparison.Ordinal);
        Assert.Contains("has no file t10k-labels-idx1-ubyte", Assert.Throws<InvalidDataException>(() => _context.Data.LoadPixelDataset(_folder.Root, test: true)).Message, StringComparison.Ordinal);
        File.Delete(images);
        File.WriteAllBytes(_folder.File("data_batch_1.bin"), new byte[3074]);
        Assert.Contains("3074 bytes, which are no whole number of records", Assert.Throws<InvalidDataException>(() => _context.Data.LoadPixelDataset(_folder.Root)).Message, StringComparison.Ordinal);
        File.WriteAllBytes(_folder.File("data_batch_1.bin"), Record(10, 0));
        Assert.Contains("has the label 10; 0 to 9 are known", Assert.Throws<InvalidDataException>(() => _context.Data.LoadPixelDataset(_folder.Root)).Message, StringComparison.Ordinal);
    }

    private static byte[] Record(int label, int level)
    {
        byte[] record = new byte[3073];
        record[0] = (byte)label;
        for (int plane = 0; plane < 3; plane++)
            record.AsSpan(1 + 1024 * plane, 1024).Fill((byte)(level + plane));
        return record;
    }

    // Image i is of class i, and its levels go on counting from the image before.
    private void Idx(string prefix, int count, int side, bool gzip)
    {
        Write($"{prefix}-images-idx3-ubyte", 0x803, [count, side, side], [.. Enumerable.Range(0, count * side * side).Select(i => (byte)i)], gzip);
        Write($"{prefix}-labels-idx1-ubyte", 0x801, [count], [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))], gzip);
    }

    private void Write(string name, int magic, int[] axes, byte[] content, bool gzip)
    {
        byte[] header = new byte[4 * (axes.Length + 1)];
        foreach (var (i, value) in axes.Prepend(magic).Index())
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 * i), value);
        using Stream file = File.Create(_folder.File(gzip ? name + ".gz" : name)), packed = gzip ? new GZipStream(file, CompressionLevel.Fastest) : file;
        packed.Write(header);
        packed.Write(content);
    }
}
