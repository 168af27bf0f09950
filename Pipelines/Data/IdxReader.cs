using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>
/// Reads MNIST's IDX format (yann.lecun.com/exdb/mnist): two zero bytes, the element type, the number of axes, the lengths of the axes as
/// big-endian integers, then the elements.
/// </summary>
internal static class IdxReader
{
    private const int Images = 0x00000803, Labels = 0x00000801;

    // MNIST and datasets derived from it have the same file names. Only the content of the labels tells that they are Fashion-MNIST's.
    private static readonly string[] FashionHashes =
        [FashionMnist.FileHashes[FashionMnist.TrainLabels], FashionMnist.FileHashes[FashionMnist.TestLabels]];

    /// <summary>Returns whether a folder contains files of this format.</summary>
    public static bool IsIn(string folder) => Find(folder, "train-images-idx3-ubyte") is not null;

    /// <summary>Reads the images and labels for training or for testing, and the names of the classes.</summary>
    /// <param name="folder">The folder of the files, which may be compressed by gzip.</param>
    /// <param name="test">Whether to read the images for testing.</param>
    /// <returns>The names, which are numbers except for Fashion-MNIST, and each image with its label.</returns>
    /// <exception cref="InvalidDataException">A file is missing or not of this format.</exception>
    public static (string[] Names, List<(Picture Picture, int Label)> Images) Read(string folder, bool test)
    {
        string prefix = test ? "t10k" : "train";
        byte[] labels = ReadContent(folder, $"{prefix}-labels-idx1-ubyte", Labels, out int[] labelAxes);
        byte[] pixels = ReadContent(folder, $"{prefix}-images-idx3-ubyte", Images, out int[] imageAxes);
        var (count, height, width) = (imageAxes[0], imageAxes[1], imageAxes[2]);
        if (count != labelAxes[0])
            throw new InvalidDataException($"'{folder}' has {count} {prefix} images, but {labelAxes[0]} labels.");
        string[] names = IsFashion(labels)
            ? [.. FashionMnist.Classes]
            : [.. Enumerable.Range(0, labels.Max() + 1).Select(i => $"{i}")];
        int area = height * width;
        return (names, [.. labels.Select((label, i) => (FromGray(pixels.AsSpan(i * area, area), width, height), (int)label))]);
    }

    private static bool IsFashion(byte[] labels)
    {
        // The hash is that of the whole file, which begins with a header of 8 bytes.
        byte[] header = [0, 0, 8, 1, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), labels.Length);
        return FashionHashes.Contains(Convert.ToHexStringLower(SHA256.HashData([.. header, .. labels])));
    }

    private static Picture FromGray(ReadOnlySpan<byte> levels, int width, int height)
    {
        byte[] rgba = new byte[4 * levels.Length];
        for (int i = 0; i < levels.Length; i++)
            (rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2], rgba[4 * i + 3]) = (levels[i], levels[i], levels[i], 255);
        return new Picture(width, height, rgba);
    }

    private static byte[] ReadContent(string folder, string name, int magic, out int[] axes)
    {
        string path = Find(folder, name) ?? throw new InvalidDataException($"'{folder}' has no file {name} or {name}.gz.");
        byte[] bytes = ReadUncompressed(path);
        int axisCount = magic & 0xFF;
        int headerLength = 4 * (1 + axisCount);
        if (bytes.Length < headerLength || BinaryPrimitives.ReadInt32BigEndian(bytes) != magic)
            throw new InvalidDataException($"'{path}' is not an IDX file of {(magic == Images ? "images" : "labels")}.");
        axes = [.. Enumerable.Range(1, axisCount).Select(i => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 * i)))];
        long expected = axes.Aggregate(1L, (product, axis) => axis > 0 ? checked(product * axis) : -1);
        return bytes.Length - headerLength == expected
            ? bytes[headerLength..]
            : throw new InvalidDataException($"'{path}' has {bytes.Length - headerLength} bytes for {string.Join(" x ", axes)}.");
    }

    private static byte[] ReadUncompressed(string path)
    {
        using var file = File.OpenRead(path);
        using Stream content = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static string? Find(string folder, string name) =>
        new[] { name, name + ".gz" }.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);
}
