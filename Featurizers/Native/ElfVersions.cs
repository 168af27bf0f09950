using System.Buffers.Binary;
using System.Text;

namespace TransferKit.Native;

/// <summary>
/// Symbol versions an ELF library asks of the libraries it needs (section .gnu.version_r; Linux Standard Base 5, "Symbol Versioning").
/// </summary>
internal static class ElfVersions
{
    private const uint VersionNeeds = 0x6ffffffe;
    private const ushort Weak = 2;

    /// <summary>
    /// Marks each requirement of a version weak, in place: the dynamic loader then accepts a library without it.
    /// </summary>
    /// <returns>How many requirements were found and were not weak yet.</returns>
    /// <exception cref="InvalidDataException">The bytes are no 64-bit little-endian ELF file.</exception>
    public static int Weaken(Span<byte> elf, string version)
    {
        if (elf.Length < 64 || !elf.StartsWith("\x7f"u8) || !elf[1..].StartsWith("ELF\x02\x01"u8))
            throw new InvalidDataException("not a 64-bit little-endian ELF file");
        try
        {
            int table = (int)Long(elf, 0x28), size = Short(elf, 0x3a), count = Short(elf, 0x3c), found = 0;
            for (int i = 0; i < count; i++)
            {
                var section = elf.Slice(table + i * size, size);
                if (Int(section, 4) == VersionNeeds)
                    found += Weaken(elf, section, Link(elf, table, size, section), version);
            }
            return found;
        }
        catch (ArgumentOutOfRangeException e)
        {
            throw new InvalidDataException("the ELF file is cut short", e);
        }
    }

    // The string table that a section's names lie in.
    private static int Link(ReadOnlySpan<byte> elf, int table, int size, ReadOnlySpan<byte> section) =>
        (int)Long(elf, table + (int)Int(section, 0x28) * size + 0x18);

    private static int Weaken(Span<byte> elf, ReadOnlySpan<byte> section, int names, string version)
    {
        int found = 0, need = (int)Long(section, 0x18);
        for (uint needs = Int(section, 0x2c); needs > 0; needs--)
        {
            int aux = need + (int)Int(elf, need + 8);
            for (int versions = Short(elf, need + 2); versions > 0; versions--)
            {
                if (Name(elf, names + (int)Int(elf, aux + 8)) == version && (Short(elf, aux + 4) & Weak) == 0)
                {
                    BinaryPrimitives.WriteUInt16LittleEndian(elf[(aux + 4)..], (ushort)(Short(elf, aux + 4) | Weak));
                    found++;
                }
                aux += (int)Int(elf, aux + 12);
            }
            need += (int)Int(elf, need + 12);
        }
        return found;
    }

    private static string Name(ReadOnlySpan<byte> elf, int start) =>
        Encoding.ASCII.GetString(elf.Slice(start, elf[start..].IndexOf((byte)0)));

    private static ushort Short(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt16LittleEndian(from[at..]);

    private static uint Int(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadUInt32LittleEndian(from[at..]);

    private static long Long(ReadOnlySpan<byte> from, int at) => BinaryPrimitives.ReadInt64LittleEndian(from[at..]);
}
