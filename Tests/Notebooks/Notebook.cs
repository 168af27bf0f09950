using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace TransferKit.Tests.Notebooks;

/// <summary>A notebook file (nbformat 4): its code cells, and the outputs stored with them.</summary>
internal sealed partial class Notebook
{
    private static readonly JsonSerializerOptions Format =
        new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Elements = ["table", "svg", "img"];

    private readonly string _path;
    private readonly JsonObject _root;

    public Notebook(string path)
    {
        _path = path;
        _root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Code = [.. Cells.Where(c => (string?)c["cell_type"] == "code")];
    }

    public string Name => Path.GetFileName(_path);

    public IReadOnlyList<JsonObject> Code { get; }

    private IEnumerable<JsonObject> Cells => _root["cells"]!.AsArray().Select(c => c!.AsObject());

    public static string Source(JsonObject cell) => Joined(cell["source"]);

    /// <summary>
    /// Describes each output of a cell by its kind and its words. Numbers and class names, which may differ from machine to machine, are
    /// replaced by placeholders, and lines that are then equal to the previous one are left out.
    /// </summary>
    public static string[] Describe(JsonArray outputs) => [.. outputs.Select(o => Describe(o!.AsObject()))];

    /// <summary>The notebook as a page: its texts and code in their written form, and the stored outputs.</summary>
    public string ToHtml()
    {
        var cells = Cells.Select(cell => $"<pre>{WebUtility.HtmlEncode(Source(cell))}</pre>{OutputsHtml(cell)}");
        return $$"""
            <!doctype html><html><head><meta charset="utf-8"><style>
            html { color-scheme: light dark; } body { font: 15px sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
            pre { white-space: pre-wrap; overflow-wrap: anywhere; }
            </style></head><body>{{string.Concat(cells)}}</body></html>
            """;
    }

    public void Save()
    {
        for (int i = 0; i < Code.Count; i++)
            Code[i]["execution_count"] = i + 1;
        File.WriteAllText(_path, _root.ToJsonString(Format).ReplaceLineEndings("\n") + "\n");
    }

    private static string OutputsHtml(JsonObject cell) =>
        string.Concat(cell["outputs"]?.AsArray().Select(o => $"<div class=\"output\">{OutputHtml(o!.AsObject())}</div>") ?? []);

    private static string OutputHtml(JsonObject output) =>
        Html(output) is { Length: > 0 } html ? html : $"<pre>{WebUtility.HtmlEncode(PlainText(output))}</pre>";

    private static string Describe(JsonObject output)
    {
        if ((string?)output["output_type"] == "stream")
            return $"stream: {Words(PlainText(output))}";
        string html = Html(output);
        string[] elements = [.. Elements.Where(e => html.Contains($"<{e}", StringComparison.Ordinal))];
        string kind = elements.Length > 0 ? string.Join('+', elements) : html.Length > 0 ? "html" : "text";
        string visible = WebUtility.HtmlDecode(Tag().Replace(Style().Replace(html, ""), " "));
        return $"{kind}: {Words(PlainText(output))} | {Words(visible)}";
    }

    private static string Words(string text)
    {
        var lines = text.Split('\n').Select(line => Numbers().Replace(Flowers().Replace(line, "CLASS"), "# ").Trim());
        var words = new List<string>();
        foreach (string line in lines.Select(l => Spaces().Replace(l, " ")).Where(l => l.Length > 0))
            if (words.Count == 0 || words[^1] != line)
                words.Add(line);
        return string.Join(" / ", words);
    }

    private static string Html(JsonObject output) => Joined(output["data"]?["text/html"]);

    private static string PlainText(JsonObject output) => Joined(output["data"]?["text/plain"]) + Joined(output["text"]);

    private static string Joined(JsonNode? lines) => string.Concat(lines?.AsArray().Select(l => (string?)l) ?? []);

    // A number with its sign, exponent and percent sign, a rule of a table, or the sign of an empty cell.
    private const string Number = @"(?<!\w)([-+–]?\d+([.,]\d+)*(E[-+]\d+)?( ?%)?|[·.–](?=\s|$)|-{2,})";

    [GeneratedRegex($@"{Number}(\s*{Number})*")]
    private static partial Regex Numbers();

    [GeneratedRegex("daisy|dandelion|rose|sunflower|tulip")]
    private static partial Regex Flowers();

    [GeneratedRegex("<style.*?</style>", RegexOptions.Singleline)]
    private static partial Regex Style();

    [GeneratedRegex("<[^>]*>")]
    private static partial Regex Tag();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
