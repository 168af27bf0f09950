using System.Text.Json;
using System.Text.Json.Serialization;

namespace TransferKit.Graphs;

/// <summary>A graph as JSON and back, so that a file with weights can say which architecture they belong to. How fresh weights are filled is left out.</summary>
internal static class GraphText
{
    private static readonly JsonSerializerOptions Settings = new() { IgnoreReadOnlyProperties = true, Converters = { new AnyInit() } };

    public static string Write(Graph graph)
    {
        var places = graph.Nodes.Select((node, i) => (node, i)).ToDictionary(p => p.node, p => p.i);
        return JsonSerializer.Serialize(new GraphRow(
            [.. graph.Nodes.Select(n => new NodeRow(n.Name, n.Operator.GetType().Name, JsonSerializer.SerializeToElement(n.Operator, n.Operator.GetType(), Settings), [.. n.Inputs.Select(i => places[i])]))],
            places[graph.Output], graph.Aliases.ToDictionary(a => a.Key, a => places[a.Value])));
    }

    /// <exception cref="InvalidDataException">The text is no graph.</exception>
    public static Graph Read(string text)
    {
        try
        {
            var (rows, output, aliases) = JsonSerializer.Deserialize<GraphRow>(text)!;
            var builder = new GraphBuilder();
            var nodes = new List<Node>();
            foreach (var (name, kind, settings, inputs) in rows)
                nodes.Add(builder.Append(name, Operator(kind, settings), [.. inputs.Select(i => nodes[i])]).Node);
            foreach (var (name, node) in aliases)
                builder.Alias(name, nodes[node]);
            return builder.Complete(nodes[output]);
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NullReferenceException)
        {
            throw new InvalidDataException($"'{text[..Math.Min(60, text.Length)]}' is no description of a network: {e.Message}", e);
        }
    }

    // One type by its name: asking the assembly for all of them would load TorchSharp, which a program that only predicts does not carry.
    private static Operator Operator(string kind, JsonElement settings) =>
        typeof(Operator).Assembly.GetType($"{typeof(Operator).Namespace}.{kind}") is { IsAbstract: false } type && type.IsSubclassOf(typeof(Operator))
            ? (Operator)settings.Deserialize(type, Settings)! : throw new ArgumentException($"there is no operator '{kind}'");

    private sealed record GraphRow(NodeRow[] Nodes, int Output, Dictionary<string, int> Aliases);

    private sealed record NodeRow(string Name, string Kind, JsonElement Settings, int[] Inputs);

    private sealed class AnyInit : JsonConverter<WeightInit>
    {
        public override WeightInit Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            reader.Skip();
            return WeightInit.Uniform;
        }

        public override void Write(Utf8JsonWriter writer, WeightInit value, JsonSerializerOptions options) => writer.WriteBooleanValue(true);
    }
}
