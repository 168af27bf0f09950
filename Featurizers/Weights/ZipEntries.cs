using System.IO.Compression;

namespace TransferKit.Weights;

/// <summary>Reads entries of zip files.</summary>
internal static class ZipEntries
{
    /// <summary>Reads all bytes of an entry.</summary>
    /// <exception cref="EndOfStreamException">The entry is truncated.</exception>
    public static byte[] ReadAll(this ZipArchiveEntry entry)
    {
        byte[] bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
