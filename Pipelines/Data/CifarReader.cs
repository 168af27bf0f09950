using TransferKit.Images;

namespace TransferKit.Pipelines.Data;

/// <summary>
/// Reads CIFAR-10's binary version (www.cs.toronto.edu/~kriz/cifar.html): records of one byte for the label, then 32 x 32 bytes each of
/// red, green and blue.
/// </summary>
internal static class CifarReader
{
    private const int Side = 32, Area = Side * Side, RecordLength = 1 + 3 * Area;

    // The names of the classes, by label.
    private static readonly string[] Labels =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Whether a folder holds the dataset.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, "data_batch_1.bin"));

    /// <summary>Reads the images and labels of the training set or of the test set, and the names of the labels.</summary>
    /// <exception cref="InvalidDataException">A file is missing or malformed.</exception>
    public static (string[] Names, List<(Picture Picture, int Label)> Images) Read(string folder, bool test)
    {
        string[] files = [.. Directory.GetFiles(folder, test ? "test_batch.bin" : "data_batch_*.bin").Order(StringComparer.Ordinal)];
        if (files.Length == 0)
            throw new InvalidDataException($"'{folder}' has no file {(test ? "test_batch.bin" : "data_batch_1.bin")}.");
        return (Labels, [.. files.SelectMany(Read)]);
    }

    private static IEnumerable<(Picture Picture, int Label)> Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        if (bytes.Length == 0 || bytes.Length % RecordLength != 0)
            throw new InvalidDataException(
                $"'{path}' has {bytes.Length} bytes, which is not a multiple of the record length {RecordLength}.");
        for (int start = 0; start < bytes.Length; start += RecordLength)
        {
            int label = bytes[start];
            if (label >= Labels.Length)
                throw new InvalidDataException($"'{path}' has the label {label}, but labels are 0 to {Labels.Length - 1}.");
            yield return (ToPicture(bytes.AsSpan(start + 1, 3 * Area)), label);
        }
    }

    private static Picture ToPicture(ReadOnlySpan<byte> planes)
    {
        byte[] rgba = new byte[4 * Area];
        for (int i = 0; i < Area; i++)
            (rgba[4 * i], rgba[4 * i + 1], rgba[4 * i + 2], rgba[4 * i + 3]) = (planes[i], planes[Area + i], planes[2 * Area + i], 255);
        return new Picture(Side, Side, rgba);
    }
}
