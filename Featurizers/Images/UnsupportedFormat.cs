namespace TransferKit.Images;

/// <summary>Recognizes image formats that Skia does not decode, by their first bytes.</summary>
internal static class UnsupportedFormat
{
    /// <summary>Returns the name of the format, or null for bytes of another kind.</summary>
    /// <param name="bytes">The content of a file.</param>
    public static string? Name(ReadOnlySpan<byte> bytes)
    {
        // The number is 42 in TIFF and 43 in BigTIFF, in either byte order.
        if (bytes.StartsWith("II*\0"u8) || bytes.StartsWith("MM\0*"u8) || bytes.StartsWith("II+\0"u8) || bytes.StartsWith("MM\0+"u8))
            return "TIFF";
        // ISO/IEC 23008-12: the first box of the file is `ftyp`, which begins with the brand.
        if (bytes.Length < 12 || !bytes[4..8].SequenceEqual("ftyp"u8))
            return null;
        var brand = bytes[8..12];
        if (brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8))
            return "AVIF";
        return brand.StartsWith("hei"u8) || brand.StartsWith("hev"u8) || brand.SequenceEqual("mif1"u8) || brand.SequenceEqual("msf1"u8)
            ? "HEIC" : null;
    }
}
