using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Engines.Onnx;

/// <summary>Reads networks back from ONNX models that <see cref="OnnxExport"/> wrote, by the graph in their metadata.</summary>
public static class OnnxReader
{
    // Models saved by earlier versions have the preprocessing as JSON under this key.
    private const string EarlierPreprocessingKey = "transferkit.preprocessing";

    private static readonly JsonSerializerOptions EarlierJson = new() { Converters = { new JsonStringEnumConverter() } };

    /// <summary>Reads a network.</summary>
    /// <param name="model">The content of the ONNX file. The weights refer to it, so it must not be changed.</param>
    /// <returns>The network, with batch normalization folded, and the preprocessing if the model was exported with one.</returns>
    /// <exception cref="InvalidDataException">The bytes are not an ONNX model, or not one that TransferKit exported.</exception>
    public static (Network Network, Preprocessing? Preprocessing) Read(byte[] model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (initializers, metadata) = Parse(model);
        if (!metadata.TryGetValue(OnnxMetadata.GraphKey, out string? graphText))
        {
            throw new InvalidDataException("The ONNX model does not say which network it contains: " +
                "it must have been exported by this version of TransferKit.");
        }
        var graph = GraphText.Read(graphText);
        var weights = new StateDict();
        foreach (var (key, parameter) in graph.State)
            weights[key] = ReadParameter(key, parameter, initializers);
        var preprocessing = metadata.TryGetValue(EarlierPreprocessingKey, out string? earlier)
            ? ReadEarlierPreprocessing(earlier)
            : PreprocessingMetadata.Read(metadata, "the ONNX model", OnnxMetadata.NormalizationPrefix);
        return (new Network(graph, weights), preprocessing);
    }

    private static Preprocessing? ReadEarlierPreprocessing(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<Preprocessing>(text, EarlierJson);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"The preprocessing in the ONNX model's metadata is malformed: {e.Message}", e);
        }
    }

    private static TensorData ReadParameter(string key, ParameterSpec parameter, Dictionary<string, ArraySegment<byte>> initializers)
    {
        // num_batches_tracked is not exported.
        if (parameter.IsCounter)
            return new TensorData(ElementType.Int64, [], new byte[sizeof(long)]);
        if (!initializers.TryGetValue(key, out var bytes) || bytes.Count != sizeof(float) * parameter.Count)
            throw new InvalidDataException($"The ONNX model has no '{key}' of {parameter.Count} numbers, which its network needs.");
        return new TensorData(ElementType.Float32, parameter.Dimensions, bytes);
    }

    private static (Dictionary<string, ArraySegment<byte>> Initializers, Dictionary<string, string> Metadata) Parse(
        ArraySegment<byte> model)
    {
        // The field numbers of ModelProto.
        const int GraphField = 7, MetadataField = 14;
        var initializers = new Dictionary<string, ArraySegment<byte>>();
        var metadata = new Dictionary<string, string>();
        try
        {
            foreach (var (field, value) in Fields(model))
            {
                if (field == MetadataField)
                    ReadMetadata(value, metadata);
                else if (field == GraphField)
                    ReadInitializers(value, initializers);
            }
            return (initializers, metadata);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or KeyNotFoundException or ArgumentException)
        {
            throw new InvalidDataException($"The {model.Count} bytes are not an ONNX model: {e.Message.TrimEnd('.')}; " +
                "give the content of a .onnx file that TransferKit exported.", e);
        }
    }

    private static void ReadMetadata(ArraySegment<byte> message, Dictionary<string, string> metadata)
    {
        // The field numbers of StringStringEntryProto.
        const int KeyField = 1, ValueField = 2;
        var entry = Fields(message).ToDictionary();
        metadata[ToText(entry[KeyField])] = ToText(entry[ValueField]);
    }

    private static void ReadInitializers(ArraySegment<byte> graph, Dictionary<string, ArraySegment<byte>> initializers)
    {
        // The field numbers of GraphProto, and of TensorProto.
        const int InitializerField = 5, NameField = 8, RawDataField = 9;
        foreach (var (_, tensor) in Fields(graph).Where(part => part.Field == InitializerField))
        {
            var parts = Fields(tensor).Where(part => part.Field is NameField or RawDataField).ToDictionary();
            // Other programs may store the values of a tensor in other fields.
            if (parts.TryGetValue(RawDataField, out var bytes))
                initializers[ToText(parts[NameField])] = bytes;
        }
    }

    // Returns the length-delimited fields of a message: messages, strings and bytes. They refer to the memory of the model, which can be
    // half a gigabyte.
    private static IEnumerable<(int Field, ArraySegment<byte> Value)> Fields(ArraySegment<byte> message)
    {
        int end = message.Offset + message.Count;
        for (int position = message.Offset; position < end;)
        {
            using var input = new CodedInputStream(message.Array!, position, end - position);
            uint tag = input.ReadTag();
            if (WireFormat.GetTagWireType(tag) != WireFormat.WireType.LengthDelimited)
            {
                input.SkipLastField();
                position = (int)input.Position;
                continue;
            }
            int length = input.ReadLength();
            position = (int)input.Position;
            yield return (WireFormat.GetTagFieldNumber(tag), new ArraySegment<byte>(message.Array!, position, length));
            position += length;
        }
    }

    private static string ToText(ArraySegment<byte> bytes) => Encoding.UTF8.GetString(bytes);
}
