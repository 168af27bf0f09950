using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TransferKit.Tests.Notebooks;

/// <summary>A notebook file (nbformat 4): its code cells, and the outputs stored with them.</summary>
internal sealed class Notebook
{
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, IndentSize = 1, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] Shapes = ["table", "svg", "img"];

    private readonly string _path;
    private readonly JsonObject _root;

    public Notebook(string path)
    {
        _path = path;
        _root = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        Code = [.. _root["cells"]!.AsArray().Select(c => c!.AsObject()).Where(c => (string?)c["cell_type"] == "code")];
    }

    public string Name => Path.GetFileName(_path);

    public IReadOnlyList<JsonObject> Code { get; }

    public static string Source(JsonObject cell) => Joined(cell["source"]);

    /// <summary>What kind of thing each output is: a stream, or text, a table, a drawing, a picture.</summary>
    public static string[] Kinds(JsonArray outputs) => [.. outputs.Select(o => Kind(o!.AsObject()))];

    /// <summary>The notebook as a page: its texts and code as they are written, and what is stored as output as it is shown.</summary>
    public string ToHtml()
    {
        var cells = _root["cells"]!.AsArray().Select(c => c!.AsObject()).Select(cell =>
            $"<pre>{WebUtility.HtmlEncode(Source(cell))}</pre>{string.Concat(cell["outputs"]?.AsArray().Select(o => $"<div class=\"output\">{Shown(o!.AsObject())}</div>") ?? [])}");
        return $$"""
            <!doctype html><html><head><meta charset="utf-8"><style>html { color-scheme: light dark; } body { font: 15px sans-serif; max-width: 60rem; margin: 1rem auto; padding: 0 1rem; }
            pre { white-space: pre-wrap; overflow-wrap: anywhere; }</style></head><body>{{string.Concat(cells)}}</body></html>
            """;
    }

    public void Save()
    {
        for (int i = 0; i < Code.Count; i++)
            Code[i]["execution_count"] = i + 1;
        File.WriteAllText(_path, _root.ToJsonString(Written).ReplaceLineEndings("\n") + "\n");
    }

    private static string Shown(JsonObject output) =>
        Joined(output["data"]?["text/html"]) is { Length: > 0 } html ? html : $"<pre>{WebUtility.HtmlEncode(Joined(output["data"]?["text/plain"]) + Joined(output["text"]))}</pre>";

    private static string Joined(JsonNode? lines) => string.Concat(lines?.AsArray().Select(l => (string?)l) ?? []);

    private static string Kind(JsonObject output)
    {
        if ((string?)output["output_type"] == "stream")
            return "stream";
        string html = Joined(output["data"]?["text/html"]);
        string[] shown = [.. Shapes.Where(t => html.Contains($"<{t}", StringComparison.Ordinal))];
        return shown.Length > 0 ? string.Join('+', shown) : html.Length > 0 ? "html" : "text";
    }
}
