using Google.Protobuf;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Weights;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// Exports networks as ONNX models (operator set 17) with batch normalization folded. The model's metadata say how images are prepared and
/// what the outputs mean, and hold the graph, so that <see cref="OnnxReader"/> can read the network back.
/// </summary>
public static class OnnxExport
{
    // Bytes that are left for everything but the weights when the size of a model is checked.
    private const long MessageReserve = 16 << 20;

    /// <summary>Exports a network to a file. The file is written under a temporary name first, so that it is complete or absent.</summary>
    /// <param name="network">The network.</param>
    /// <param name="path">The file.</param>
    /// <param name="options">Names and dimensions; null for the defaults.</param>
    /// <inheritdoc cref="Write(Network, Stream, OnnxOptions?)" path="/exception"/>
    public static void Write(Network network, string path, OnnxOptions? options = null) =>
        AtomicFile.Write(path, stream => Write(network, stream, options));

    /// <summary>Exports a network to a stream.</summary>
    /// <param name="network">The network.</param>
    /// <param name="stream">Receives the model.</param>
    /// <param name="options">Names and dimensions; null for the defaults.</param>
    /// <exception cref="ArgumentException">The number of labels is not that of the outputs.</exception>
    /// <exception cref="OverflowException">The model would exceed the 2 GiB that a protobuf message can have.</exception>
    /// <exception cref="NotSupportedException">
    /// <see cref="OnnxOptions.DynamicSize"/> is set, and the network has an adaptive pooling of a fixed size.
    /// </exception>
    public static void Write(Network network, Stream stream, OnnxOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        Model(network, options ?? new OnnxOptions()).WriteTo(stream);
    }

    /// <summary>Exports a network to memory: to one array of the right size, since models may have hundreds of megabytes.</summary>
    /// <inheritdoc cref="Write(Network, Stream, OnnxOptions?)" path="/exception"/>
    internal static byte[] ToArray(Network network, OnnxOptions options) => Model(network, options).ToByteArray();

    private static ModelProto Model(Network network, OnnxOptions options)
    {
        var folded = network.ForInference();
        var graph = new OnnxGraph(folded, options);
        foreach (var node in folded.Graph.Nodes)
            OnnxOperators.Write(node, graph);
        var entries = OnnxMetadata.Entries(folded.Graph, options);
        var model = OnnxProto.Model(graph.Complete(), OnnxMetadata.Description(folded.Graph, options), entries, graph.InlinedModel);
        // The sizes of messages are not checked by Google.Protobuf when they are written.
        long bytes = model.Graph.Initializer.Sum(tensor => (long)tensor.RawData.Length);
        return bytes + MessageReserve <= int.MaxValue ? model : throw new OverflowException(
            $"An ONNX model with {bytes} bytes of weights is invalid: it can have at most 2 GiB. The Torch engine has no such limit.");
    }
}
