using System.IO.Compression;

namespace TransferKit;

/// <summary>Extends <see cref="ZipArchiveEntry"/>.</summary>
public static class ZipEntryExtensions
{
    /// <summary>Reads the whole uncompressed content of an entry.</summary>
    /// <param name="entry">An entry of an archive that is open for reading.</param>
    /// <exception cref="EndOfStreamException">The entry is shorter than the archive's directory says.</exception>
    /// <exception cref="InvalidDataException">The entry is corrupt.</exception>
    public static byte[] ReadAllBytes(this ZipArchiveEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        byte[] bytes = new byte[entry.Length];
        using var stream = entry.Open();
        stream.ReadExactly(bytes);
        return bytes;
    }
}
