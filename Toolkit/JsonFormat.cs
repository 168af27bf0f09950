using System.Text.Encodings.Web;
using System.Text.Json;

namespace TransferKit.Toolkit;

/// <summary>The JSON that commands print, files contain and the server sends.</summary>
internal static class JsonFormat
{
    /// <summary>Names of properties: <c>snake_case</c>.</summary>
    public static readonly JsonNamingPolicy Naming = JsonNamingPolicy.SnakeCaseLower;

    /// <summary>Indented JSON for standard output and files, without escapes for letters outside ASCII.</summary>
    public static readonly JsonSerializerOptions Options = new()
    {
        PropertyNamingPolicy = Naming,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}
