using System.Buffers.Binary;
using System.Text;

namespace TransferKit.Native;

/// <summary>
/// The symbol versions that an ELF library requires of other libraries (section .gnu.version_r; Linux Standard Base 5, "Symbol
/// Versioning").
/// </summary>
internal static class ElfVersions
{
    private const uint VersionNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>
    /// Marks each requirement of a version as weak, in place. The dynamic loader then accepts a library that does not have the version.
    /// </summary>
    /// <param name="elf">The content of the library.</param>
    /// <param name="version">The version, such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>The number of requirements that were changed.</returns>
    /// <exception cref="InvalidDataException">The bytes are not a 64-bit little-endian ELF file.</exception>
    public static int Weaken(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf.StartsWith("\x7f"u8) || !elf[1..].StartsWith("ELF\x02\x01"u8))
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        try
        {
            int table = (int)ReadInt64(elf, 0x28), size = ReadUInt16(elf, 0x3a), count = ReadUInt16(elf, 0x3c), changed = 0;
            for (int i = 0; i < count; i++)
            {
                var section = elf.Slice(table + i * size, size);
                if (ReadUInt32(section, 4) == VersionNeeds)
                    changed += Weaken(elf, section, StringTable(elf, table, size, section), version);
            }
            return changed;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("the ELF file is truncated", e);
        }
    }

    // The offset of the string table with the names of a section.
    private static int StringTable(ReadOnlySpan<byte> elf, int table, int size, ReadOnlySpan<byte> section) =>
        (int)ReadInt64(elf, table + (int)ReadUInt32(section, 0x28) * size + 0x18);

    private static int Weaken(Span<byte> elf, ReadOnlySpan<byte> section, int names, string version)
    {
        int changed = 0, need = (int)ReadInt64(section, 0x18);
        for (uint needs = ReadUInt32(section, 0x2c); needs > 0; needs--)
        {
            int aux = need + (int)ReadUInt32(elf, need + 8);
            for (int versions = ReadUInt16(elf, need + 2); versions > 0; versions--)
            {
                if (ReadName(elf, names + (int)ReadUInt32(elf, aux + 8)) == version && (ReadUInt16(elf, aux + 4) & Weak) == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(aux + 4)..], (ushort)(ReadUInt16(elf, aux + 4) | Weak));
                    changed++;
                }
                aux += (int)ReadUInt32(elf, aux + 12);
            }
            need += (int)ReadUInt32(elf, need + 12);
        }
        return changed;
    }

    private static string ReadName(ReadOnlySpan<byte> elf, int start) =>
        Encoding.ASCII.GetString(elf.Slice(start, elf[start..].IndexOf((byte)0)));

    private static ushort ReadUInt16(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static long ReadInt64(ReadOnlySpan<byte> bytes, int offset) => BinaryPrimitives.ReadInt64LittleEndian(bytes[offset..]);
}
