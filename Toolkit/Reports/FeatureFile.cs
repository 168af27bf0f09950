using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TransferKit.Toolkit.Commands;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>Writes feature vectors as CSV or as a NumPy array.</summary>
/// <remarks>A .npy file (format version 1.0, float32) has no names of rows: they go to a second file, NAME.npy.names.txt.</remarks>
internal static class FeatureFile
{
    /// <summary>Writes the file, whose extension selects the format.</summary>
    /// <param name="path">The file, .csv or .npy.</param>
    /// <param name="images">The image of each row; the label of its folder is written as CSV only.</param>
    /// <param name="width">The number of values in a row.</param>
    /// <param name="rows">The feature vectors, as many as there are images.</param>
    public static void Write(string path, IReadOnlyList<ImageArgument> images, int width, IEnumerable<float[]> rows)
    {
        if (Path.GetExtension(path) == ".csv")
        {
            AtomicFile.Write(path, stream => WriteCsv(stream, images, width, rows));
            return;
        }
        string names = string.Concat(images.Select(i => i.Path + '\n'));
        AtomicFile.Write(path + ".names.txt", stream => stream.Write(Encoding.UTF8.GetBytes(names)));
        AtomicFile.Write(path, stream =>
        {
            stream.Write(NpyHeader(images.Count, width));
            foreach (float[] row in rows)
                stream.Write(MemoryMarshal.AsBytes<float>(row));
        });
    }

    private static void WriteCsv(Stream stream, IReadOnlyList<ImageArgument> images, int width, IEnumerable<float[]> rows)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.WriteLine(Csv.Line(["file", "label", .. Enumerable.Range(0, width).Select(i => $"f{i}")]));
        foreach (var (image, row) in images.Zip(rows))
            writer.WriteLine(Csv.Line([image.Path, image.Label, .. row.Select(value => value.ToString(CultureInfo.InvariantCulture))]));
    }

    private static byte[] NpyHeader(int rows, int width)
    {
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}";
        // The magic bytes, the version and the length take 10 bytes; the whole header is a multiple of 64 bytes and ends in a line feed.
        header = header.PadRight((10 + header.Length + 1 + 63) / 64 * 64 - 10 - 1) + '\n';
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)];
    }
}
