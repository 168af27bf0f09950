using System.Buffers.Binary;
using System.IO.Compression;
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
    public void The_command_trains_and_tests_on_IDX_files()
    {
        Idx("train", count: 60, side: 8, gzip: true);
        Idx("t10k", count: 20, side: 8, gzip: true);
        string run = _folder.File("run"), model = Path.Combine(run, "model.zip");
        string[] network = ["--backbone", "lenet5", "--weights", "none", "--epochs", "1"];
        var trained = CliTests.Json(["finetune", _folder.Root, "--mode", "all", "--out", run, .. network]);
        Assert.Equal(20, trained.GetProperty("total").GetInt32());
        var evaluated = CliTests.Json("evaluate", model, _folder.Root);
        Assert.Equal(trained.GetProperty("correct").GetInt32(), evaluated.GetProperty("correct").GetInt32());
        string photo = Directory.GetFiles(Drawings.Folder(_folder, each: 1), "*", SearchOption.AllDirectories)[0];
        var predicted = CliTests.Json("predict", model, photo, "--top", "10").GetProperty("predictions")[0];
        Assert.Equal(10, predicted.GetProperty("labels").GetArrayLength());
        var compared = CliTests.Json(["compare", _folder.Root, "--modes", "svm", "last-layer", .. network]);
        Assert.Equal(2, compared.GetProperty("modes").GetArrayLength());
    }

    [Fact]
    public void Malformed_files_are_named()
    {
        Refused("holds neither Fashion-MNIST or MNIST");
        Idx("train", count: 2, side: 4, gzip: false);
        string images = _folder.File("train-images-idx3-ubyte");
        File.WriteAllBytes(images, File.ReadAllBytes(images)[..^1]);
        Refused("has 31 bytes for 2 x 4 x 4");
        Refused("has no file t10k-labels-idx1-ubyte", test: true);
        File.Delete(images);
        File.WriteAllBytes(_folder.File("data_batch_1.bin"), new byte[3074]);
        Refused("has 3074 bytes, which is not a multiple of the record length 3073");
        File.WriteAllBytes(_folder.File("data_batch_1.bin"), Record(10, 0));
        Refused("has the label 10, but labels are 0 to 9");

        void Refused(string message, bool test = false)
        {
            var error = Assert.Throws<InvalidDataException>(() => _context.Data.LoadPixelDataset(_folder.Root, test));
            Assert.Contains(message, error.Message, StringComparison.Ordinal);
        }
    }

    private static byte[] Record(int label, int level)
    {
        byte[] record = new byte[3073];
        record[0] = (byte)label;
        for (int plane = 0; plane < 3; plane++)
            record.AsSpan(1 + 1024 * plane, 1024).Fill((byte)(level + plane));
        return record;
    }

    // Writes a dataset in which image i is of class i, and gray levels count on from image to image.
    private void Idx(string prefix, int count, int side, bool gzip)
    {
        byte[] levels = [.. Enumerable.Range(0, count * side * side).Select(i => (byte)i)];
        byte[] labels = [.. Enumerable.Range(0, count).Select(i => (byte)(i % 10))];
        Write($"{prefix}-images-idx3-ubyte", 0x803, [count, side, side], levels, gzip);
        Write($"{prefix}-labels-idx1-ubyte", 0x801, [count], labels, gzip);
    }

    private void Write(string name, int magic, int[] axes, byte[] content, bool gzip)
    {
        byte[] header = new byte[4 * (axes.Length + 1)];
        foreach (var (i, value) in axes.Prepend(magic).Index())
            BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4 * i), value);
        using var file = File.Create(_folder.File(gzip ? name + ".gz" : name));
        using Stream stream = gzip ? new GZipStream(file, CompressionLevel.Fastest) : file;
        stream.Write(header);
        stream.Write(content);
    }
}
