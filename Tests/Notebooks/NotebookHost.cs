using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace TransferKit.Tests.Notebooks;

/// <summary>What .NET Interactive gives a cell beside C#: <c>display</c>, and values that show themselves by its conventions. Public, for scripts see it.</summary>
public sealed class NotebookHost
{
    /// <summary>What the current cell has shown.</summary>
    public JsonArray Outputs { get; private set; } = [];

#pragma warning disable IDE1006, CA1707 // The name is .NET Interactive's.
    public Shown display(object value)
    {
        var output = Output("display_data", value);
        Outputs.Add((JsonNode)output);
        return new Shown(output);
    }
#pragma warning restore IDE1006, CA1707

    public void Start() => Outputs = [];

    public void Return(object value) => Outputs.Add((JsonNode)Output("execute_result", value));

    public void Print(string text)
    {
        if (text.Length > 0)
            Outputs.Add((JsonNode)new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = Lines(text) });
    }

    /// <summary>Something on the page that can change.</summary>
    public sealed class Shown(JsonObject output)
    {
        public void Update(object value) => output["data"] = Data(value);
    }

    private static JsonObject Output(string type, object value)
    {
        var output = new JsonObject { ["data"] = Data(value), ["metadata"] = new JsonObject(), ["output_type"] = type };
        if (type == "execute_result")
            output["execution_count"] = 1;
        return output;
    }

    // As .NET Interactive finds formatters: by the names of an attribute, its property, and their members.
    private static JsonObject Data(object value)
    {
        var data = new JsonObject();
        foreach (var attribute in value.GetType().GetCustomAttributes(true).Where(a => a.GetType().Name == "TypeFormatterSourceAttribute"))
        {
            var source = Activator.CreateInstance((Type)Property(attribute, "FormatterSourceType"))!;
            foreach (object formatter in (System.Collections.IEnumerable)source.GetType().GetMethod("CreateTypeFormatters")!.Invoke(source, null)!)
            {
                using var writer = new StringWriter(CultureInfo.InvariantCulture);
                if (formatter.GetType().GetMethod("Format")!.Invoke(formatter, [value, writer]) is true)
                    data[(string)Property(formatter, "MimeType")] = Lines(writer.ToString());
            }
        }
        if (data.Count == 0)
            data["text/plain"] = Lines(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        return data;
    }

    private static object Property(object of, string name) => of.GetType().GetProperty(name, BindingFlags.Public | BindingFlags.Instance)!.GetValue(of)!;

    private static JsonArray Lines(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        return [.. lines.Select((l, i) => (JsonNode)(i < lines.Length - 1 ? l + "\n" : l))];
    }
}
