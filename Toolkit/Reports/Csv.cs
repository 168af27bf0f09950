namespace TransferKit.Toolkit.Reports;

/// <summary>Writes fields as comma-separated values (RFC 4180).</summary>
internal static class Csv
{
    /// <summary>Returns a line without its end.</summary>
    public static string Line(IEnumerable<string> fields) => string.Join(',', fields.Select(Quoted));

    private static string Quoted(string field) =>
        field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
