using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>The IDX format of MNIST (yann.lecun.com/exdb/mnist): two zeros, the type, the number of axes, their big-endian lengths, then bytes.</summary>
internal static class IdxReader
{
    private const int Images = 0x00000803, Labels = 0x00000801;

    // Fashion-MNIST's kinds, by number (arXiv:1708.07747).
    private static readonly string[] Fashion = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    // MNIST and its other relatives have the same file names; only the labels' own content tells which these are.
    private static readonly string[] FashionHashes =
        ["bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"];

    /// <summary>Whether a folder holds such files.</summary>
    public static bool IsIn(string folder) => Find(folder, "train-images-idx3-ubyte") is not null;

    /// <summary>Reads the images and labels to train on, or those to test on; and the labels' names, which are numbers but for Fashion-MNIST.</summary>
    /// <exception cref="InvalidDataException">A file is missing or not of this format.</exception>
    public static (string[] Names, List<(Picture Picture, int Label)> Images) Read(string folder, bool test)
    {
        string prefix = test ? "t10k" : "train";
        byte[] labels = Content(folder, $"{prefix}-labels-idx1-ubyte", Labels, out int[] count), pixels = Content(folder, $"{prefix}-images-idx3-ubyte", Images, out int[] axes);
        if (axes[0] != count[0])
            throw new InvalidDataException($"'{folder}' has {axes[0]} {prefix} images, but {count[0]} labels.");
        int area = axes[1] * axes[2];
        string[] names = [.. Enumerable.Range(0, labels.Max() + 1).Select(i => $"{i}")];
        return (IsFashion(labels) ? Fashion : names, [.. Enumerable.Range(0, axes[0]).Select(i => (Gray(pixels.AsSpan(i * area, area), axes[2], axes[1]), (int)labels[i]))]);
    }

    private static bool IsFashion(byte[] labels)
    {
        // The files begin with 8 bytes that Content has taken off.
        byte[] header = [0, 0, 8, 1, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), labels.Length);
        return FashionHashes.Contains(Convert.ToHexStringLower(SHA256.HashData([.. header, .. labels])));
    }

    private static Picture Gray(ReadOnlySpan<byte> levels, int width, int height)
    {
        byte[] rgba = new byte[4 * levels.Length];
        for (int i = 0; i < levels.Length; i++)
            (rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2], rgba[4 * i + 3]) = (levels[i], levels[i], levels[i], 255);
        return new Picture(width, height, rgba);
    }

    private static byte[] Content(string folder, string name, int magic, out int[] axes)
    {
        string path = Find(folder, name) ?? throw new InvalidDataException($"'{folder}' has no file {name} or {name}.gz.");
        using var content = new MemoryStream();
        using (Stream file = File.OpenRead(path), unpacked = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file)
            unpacked.CopyTo(content);
        byte[] bytes = content.ToArray();
        int header = 4 * (1 + (magic & 0xFF));
        if (bytes.Length < header || BinaryPrimitives.ReadInt32BigEndian(bytes) != magic)
            throw new InvalidDataException($"'{path}' is no IDX file of {(magic == Images ? "images" : "labels")}.");
        axes = [.. Enumerable.Range(1, magic & 0xFF).Select(i => BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(4 * i)))];
        long expected = axes.Aggregate(1L, (product, axis) => axis > 0 ? checked(product * axis) : -1);
        return bytes.Length - header == expected ? bytes[header..]
            : throw new InvalidDataException($"'{path}' has {bytes.Length - header} bytes for {string.Join(" x ", axes)}.");
    }

    private static string? Find(string folder, string name) =>
        new[] { name, name + ".gz" }.Select(n => Path.Combine(folder, n)).FirstOrDefault(File.Exists);
}
