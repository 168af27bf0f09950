using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Reports;

/// <summary>Feature vectors as CSV (name, then values) or as a .npy of single precision (numpy.lib.format 1.0) with names beside it.</summary>
internal static class FeatureFile
{
    public static void Write(string path, IReadOnlyList<string> names, int width, IEnumerable<float[]> rows)
    {
        if (Path.GetExtension(path) == ".csv")
        {
            AtomicFile.Write(path, stream => WriteCsv(stream, names, width, rows));
            return;
        }
        AtomicFile.Write(Names(path), stream => stream.Write(Encoding.UTF8.GetBytes(string.Join('\n', names) + '\n')));
        AtomicFile.Write(path, stream =>
        {
            stream.Write(NpyHeader(names.Count, width));
            foreach (float[] row in rows)
                stream.Write(MemoryMarshal.AsBytes<float>(row));
        });
    }

    // Beside features.npy, features.npy.names.txt: the order of the rows.
    private static string Names(string path) => path + ".names.txt";

    private static void WriteCsv(Stream stream, IReadOnlyList<string> names, int width, IEnumerable<float[]> rows)
    {
        using var writer = new StreamWriter(stream, leaveOpen: true);
        writer.WriteLine(string.Join(',', Enumerable.Range(0, width).Select(i => $"f{i}").Prepend("file")));
        foreach (var (name, row) in names.Zip(rows))
        {
            writer.Write(name.AsSpan().ContainsAny(",\"\n") ? $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : name);
            foreach (float value in row)
            {
                writer.Write(',');
                writer.Write(value.ToString(CultureInfo.InvariantCulture));
            }
            writer.WriteLine();
        }
    }

    private static byte[] NpyHeader(int rows, int width)
    {
        string header = $"{{'descr': '<f4', 'fortran_order': False, 'shape': ({rows}, {width}), }}";
        // Magic, version and length take 10 bytes; all together is a multiple of 64 and ends in a line feed.
        header = header.PadRight((10 + header.Length + 1 + 63) / 64 * 64 - 10 - 1) + '\n';
        return [0x93, .. "NUMPY"u8, 1, 0, (byte)header.Length, (byte)(header.Length >> 8), .. Encoding.ASCII.GetBytes(header)];
    }
}
