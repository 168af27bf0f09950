using System.IO.Compression;
using System.Text.Json;

namespace TransferKit.Tests;

/// <summary>Files of recorded outputs, which are in Tests/Reference.</summary>
internal static class ReferenceFile
{
    /// <summary>Returns the path of a file.</summary>
    public static string Path(params ReadOnlySpan<string> names) =>
        System.IO.Path.Combine([AppContext.BaseDirectory, "Reference", .. names]);

    /// <summary>Opens a file; one whose name ends in .gz is decompressed.</summary>
    public static Stream Open(params ReadOnlySpan<string> names)
    {
        string path = Path(names);
        var file = File.OpenRead(path);
        return path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>Parses a JSON file, which may be compressed.</summary>
    public static JsonDocument Json(params ReadOnlySpan<string> names)
    {
        using var stream = Open(names);
        return JsonDocument.Parse(stream);
    }
}
