using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using TransferKit.Engines.Onnx.Proto;
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
    /// <param name="model">The content of the ONNX file.</param>
    /// <returns>The network, with batch normalization folded, and the preprocessing if the model was exported with one.</returns>
    /// <exception cref="InvalidDataException">The bytes are not an ONNX model, or not one that TransferKit exported.</exception>
    public static (Network Network, Preprocessing? Preprocessing) Read(byte[] model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var message = Parse(model);
        var initializers = message.Graph?.Initializer.ToDictionary(tensor => tensor.Name) ?? [];
        var metadata = message.MetadataProps.ToDictionary(entry => entry.Key, entry => entry.Value);
        if (!metadata.TryGetValue(OnnxMetadata.GraphKey, out string? graphText))
        {
            throw new InvalidDataException("The ONNX model does not say which network it contains: " +
                "it must have been exported by this version of TransferKit.");
        }
        var graph = GraphText.Read(graphText);
        var weights = new StateDict();
        graph = ExtractInlined(graph, message, weights);
        foreach (var (key, parameter) in graph.State.Where(entry => !weights.ContainsKey(entry.Key)))
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

    // A model within the model is a parameter of the nodes that are its values.
    private static Graph ExtractInlined(Graph graph, ModelProto message, StateDict weights) => graph.Rewrite((node, inputs) =>
    {
        if (node.Operator is not OnnxModel model)
            return node.With(inputs);
        string prefix = OnnxInlining.Prefix(node), output = prefix + model.Output;
        byte[] bytes = OnnxInlining.Extract(message, prefix, output);
        weights[$"{node.Layer}.model"] = new TensorData(ElementType.UInt8, [bytes.Length], bytes);
        return node.With(inputs, model with { Output = output, Length = bytes.Length });
    });

    private static TensorData ReadParameter(string key, ParameterSpec parameter, Dictionary<string, TensorProto> initializers)
    {
        // Integers are not exported.
        if (parameter.IsInteger)
            return RandomWeights.Create(key, parameter, seed: 0);
        if (!initializers.TryGetValue(key, out var tensor) || tensor.RawData.Length != sizeof(float) * parameter.Count)
            throw new InvalidDataException($"The ONNX model has no '{key}' of {parameter.Count} numbers, which its network needs.");
        return new TensorData(ElementType.Float32, parameter.Dimensions, tensor.RawData.Memory);
    }

    private static ModelProto Parse(byte[] model)
    {
        try
        {
            return ModelProto.Parser.ParseFrom(model);
        }
        catch (InvalidProtocolBufferException e)
        {
            throw new InvalidDataException($"The {model.Length} bytes are not an ONNX model: {e.Message.TrimEnd('.')}; " +
                "give the content of a .onnx file that TransferKit exported.", e);
        }
    }
}
