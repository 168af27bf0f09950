using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Engines.Onnx;

/// <summary>Reads back the networks that <see cref="OnnxExport"/> wrote: the model says of itself which graph it is made of.</summary>
public static class OnnxReader
{
    /// <summary>The keys of what a model says of itself.</summary>
    internal const string GraphKey = "transferkit.graph", PreprocessingKey = "transferkit.preprocessing";

    /// <summary>How the preprocessing is written.</summary>
    internal static readonly JsonSerializerOptions Json = new() { IgnoreReadOnlyProperties = true, Converters = { new JsonStringEnumConverter() } };

    /// <summary>Reads a model.</summary>
    /// <returns>The network, its normalizations folded, and what images go through first, where the model normalizes them itself.</returns>
    /// <exception cref="InvalidDataException">It is no ONNX model, or not one of TransferKit's.</exception>
    public static (Network Network, Preprocessing? Preprocessing) Read(byte[] model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (constants, said) = Parse(model);
        var graph = GraphText.Read(said.GetValueOrDefault(GraphKey)
            ?? throw new InvalidDataException("The ONNX model does not say which network it is made of; models that this version of TransferKit exported do."));
        var weights = new StateDict();
        foreach (var (key, parameter) in graph.State)
            weights[key] = parameter.IsCounter ? new TensorData(ElementType.Int64, [], new byte[sizeof(long)])
                : constants.TryGetValue(key, out var bytes) && bytes.Count == sizeof(float) * parameter.Count ? new TensorData(ElementType.Float32, parameter.Dimensions, bytes)
                : throw new InvalidDataException($"The ONNX model has no '{key}' of {parameter.Count} numbers, which its network needs.");
        return (new Network(graph, weights), said.TryGetValue(PreprocessingKey, out string? preprocessing) ? JsonSerializer.Deserialize<Preprocessing>(preprocessing, Json) : null);
    }

    private static (Dictionary<string, ArraySegment<byte>> Constants, Dictionary<string, string> Said) Parse(ArraySegment<byte> model)
    {
        var constants = new Dictionary<string, ArraySegment<byte>>();
        var said = new Dictionary<string, string>();
        try
        {
            // ModelProto: 7 graph, 14 metadata_props. GraphProto: 5 initializer. TensorProto: 8 name, 9 raw_data.
            foreach (var (field, value) in Fields(model))
                if (field == 14)
                {
                    var entry = Fields(value).ToDictionary();
                    said[Text(entry[1])] = Text(entry[2]);
                }
                else if (field == 7)
                    foreach (var (_, tensor) in Fields(value).Where(f => f.Field == 5))
                    {
                        var parts = Fields(tensor).Where(p => p.Field is 8 or 9).ToDictionary();
                        // Other programs may write a tensor's numbers in other fields.
                        if (parts.TryGetValue(9, out var bytes))
                            constants[Text(parts[8])] = bytes;
                    }
            return (constants, said);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or KeyNotFoundException or ArgumentException)
        {
            throw new InvalidDataException($"The {model.Count} bytes are no ONNX model: {e.Message}", e);
        }
    }

    // The fields of a message that are messages, texts or bytes themselves. They refer to the model's memory: a network can be half a gigabyte.
    private static IEnumerable<(int Field, ArraySegment<byte> Value)> Fields(ArraySegment<byte> message)
    {
        int end = message.Offset + message.Count;
        for (int at = message.Offset; at < end;)
        {
            using var input = new CodedInputStream(message.Array!, at, end - at);
            uint tag = input.ReadTag();
            int length = WireFormat.GetTagWireType(tag) == WireFormat.WireType.LengthDelimited ? input.ReadLength() : -1;
            if (length < 0)
                input.SkipLastField();
            at = (int)input.Position;
            if (length < 0)
                continue;
            yield return (WireFormat.GetTagFieldNumber(tag), new ArraySegment<byte>(message.Array!, at, length));
            at += length;
        }
    }

    private static string Text(ArraySegment<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
