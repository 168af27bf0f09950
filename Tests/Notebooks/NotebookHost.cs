using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace TransferKit.Tests.Notebooks;

/// <summary>
/// The part of .NET Interactive that cells use beside C#: <c>display</c>, and the formatting of values by its conventions. It is public
/// because scripts access it.
/// </summary>
public sealed class NotebookHost
{
    /// <summary>The outputs of the current cell.</summary>
    public JsonArray Outputs { get; private set; } = [];

#pragma warning disable IDE1006, CA1707 // The name is .NET Interactive's.
    public DisplayedValue display(object value)
    {
        var output = Output("display_data", value);
        Outputs.Add((JsonNode)output);
        return new DisplayedValue(output);
    }
#pragma warning restore IDE1006, CA1707

    /// <summary>Begins a cell.</summary>
    public void Start() => Outputs = [];

    /// <summary>Adds the value of a cell to its outputs.</summary>
    public void Return(object value) => Outputs.Add((JsonNode)Output("execute_result", value));

    /// <summary>Adds printed text to the outputs.</summary>
    public void Print(string text)
    {
        if (text.Length > 0)
            Outputs.Add((JsonNode)new JsonObject { ["name"] = "stdout", ["output_type"] = "stream", ["text"] = Lines(text) });
    }

    /// <summary>A displayed value that can be replaced.</summary>
    public sealed class DisplayedValue(JsonObject output)
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

    // .NET Interactive finds formatters by the name of an attribute, its property, and their members.
    private static JsonObject Data(object value)
    {
        var data = new JsonObject();
        var attributes = value.GetType().GetCustomAttributes(true).Where(a => a.GetType().Name == "TypeFormatterSourceAttribute");
        foreach (object source in attributes.Select(a => Activator.CreateInstance((Type)Property(a, "FormatterSourceType"))!))
        {
            foreach (object formatter in (IEnumerable)Method(source, "CreateTypeFormatters").Invoke(source, null)!)
            {
                using var writer = new StringWriter(CultureInfo.InvariantCulture);
                if (Method(formatter, "Format").Invoke(formatter, [value, writer]) is true)
                    data[(string)Property(formatter, "MimeType")] = Lines(writer.ToString());
            }
        }
        if (data.Count == 0)
            data["text/plain"] = Lines(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
        return data;
    }

    private static MethodInfo Method(object instance, string name) => instance.GetType().GetMethod(name)!;

    private static object Property(object instance, string name) =>
        instance.GetType().GetProperty(name, BindingFlags.Public | BindingFlags.Instance)!.GetValue(instance)!;

    private static JsonArray Lines(string text)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        return [.. lines.Select((l, i) => (JsonNode)(i < lines.Length - 1 ? l + "\n" : l))];
    }
}
