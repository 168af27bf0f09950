using System.Text.Json;
using System.Text.Json.Serialization;

namespace TransferKit.Graphs;

/// <summary>
/// Writes a graph as JSON and reads it back, so that an exported model says which architecture its weights belong to. How weights are
/// initialized is not saved. The names of operators and of their properties are part of the format.
/// </summary>
internal static class GraphText
{
    private static readonly JsonSerializerOptions Json = new()
    {
        IgnoreReadOnlyProperties = true,
        Converters = { new WeightInitConverter() },
    };

    /// <summary>Writes a graph as JSON.</summary>
    public static string Write(Graph graph)
    {
        var indices = new Dictionary<Node, int>();
        foreach (var node in graph.Nodes)
            indices.Add(node, indices.Count);
        var rows = graph.Nodes.Select(node =>
        {
            var type = node.Operator.GetType();
            var settings = JsonSerializer.SerializeToElement(node.Operator, type, Json);
            return new NodeRow(node.Name, type.Name, settings, [.. node.Inputs.Select(input => indices[input])]);
        });
        var aliases = graph.Aliases.ToDictionary(alias => alias.Key, alias => indices[alias.Value]);
        return JsonSerializer.Serialize(new GraphRow([.. rows], indices[graph.Output], aliases));
    }

    /// <summary>Reads a graph from JSON.</summary>
    /// <exception cref="InvalidDataException">The text does not describe a graph.</exception>
    public static Graph Read(string text)
    {
        try
        {
            var (rows, output, aliases) = JsonSerializer.Deserialize<GraphRow>(text)!;
            var builder = new GraphBuilder();
            var nodes = new List<Node>();
            foreach (var (name, kind, settings, inputs) in rows)
                nodes.Add(builder.Append(name, ReadOperator(kind, settings), [.. inputs.Select(index => nodes[index])]).Node);
            foreach (var (name, index) in aliases)
                builder.Alias(name, nodes[index]);
            return builder.Complete(nodes[output]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NullReferenceException)
        {
            throw new InvalidDataException($"'{text[..Math.Min(60, text.Length)]}' does not describe a network: {e.Message}", e);
        }
    }

    // The type is looked up by its name: listing all types of the assembly would load TorchSharp, which programs that only predict lack.
    private static Operator ReadOperator(string kind, JsonElement settings)
    {
        var type = typeof(Operator).Assembly.GetType($"{typeof(Operator).Namespace}.{kind}");
        if (type is not { IsAbstract: false } || !type.IsSubclassOf(typeof(Operator)))
            throw new ArgumentException($"there is no operator '{kind}'");
        return (Operator)settings.Deserialize(type, Json)!;
    }

    private sealed record GraphRow(NodeRow[] Nodes, int Output, Dictionary<string, int> Aliases);

    private sealed record NodeRow(string Name, string Kind, JsonElement Settings, int[] Inputs);

    // A graph that is read gets its weights from the same file, so any initialization serves.
    private sealed class WeightInitConverter : JsonConverter<WeightInit>
    {
        public override WeightInit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return WeightInit.Uniform;
        }

        public override void Write(Utf8JsonWriter writer, WeightInit value, JsonSerializerOptions options) =>
            writer.WriteBooleanValue(true);
    }
}
