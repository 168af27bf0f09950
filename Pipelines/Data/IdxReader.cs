using System.Buffers.Binary;
using System.IO.Compression;
using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>The IDX format of MNIST (yann.lecun.com/exdb/mnist): two zeros, the type, the number of axes, their big-endian lengths, then bytes.</summary>
internal static class IdxReader
{
    private const int Images = 0x00000803, Labels = 0x00000801;

    /// <summary>Fashion-MNIST's kinds, by number (arXiv:1708.07747).</summary>
    public static readonly string[] FashionLabels = ["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"];

    /// <summary>Whether a folder holds such files.</summary>
    public static bool IsIn(string folder) => Find(folder, "train-images-idx3-ubyte") is not null;

    /// <summary>Reads the images and labels to train on, or those to test on.</summary>
    /// <exception cref="InvalidDataException">A file is missing or not of this format.</exception>
    public static List<(Picture Picture, int Label)> Read(string folder, bool test)
    {
        string prefix = test ? "t10k" : "train";
        byte[] labels = Content(folder, $"{prefix}-labels-idx1-ubyte", Labels, out int[] count), pixels = Content(folder, $"{prefix}-images-idx3-ubyte", Images, out int[] axes);
        if (axes[0] != count[0])
            throw new InvalidDataException($"'{folder}' has {axes[0]} {prefix} images, but {count[0]} labels.");
        int area = axes[1] * axes[2];
        if (labels.FirstOrDefault(l => l >= FashionLabels.Length) is > 0 and var wrong)
            throw new InvalidDataException($"'{folder}' has the label {wrong}; 0 to {FashionLabels.Length - 1} are known.");
        return [.. Enumerable.Range(0, axes[0]).Select(i => (Grey(pixels.AsSpan(i * area, area), axes[2], axes[1]), (int)labels[i]))];
    }

    private static Picture Grey(ReadOnlySpan<byte> levels, int width, int height)
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
