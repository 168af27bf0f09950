using TransferKit.Weights;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// Exports networks as ONNX models (operator set 17) with batch normalization folded. The model's metadata say how images are prepared and
/// what the outputs mean, and hold the graph, so that <see cref="OnnxReader"/> can read the network back.
/// </summary>
public static class OnnxExport
{
    private const int Opset = 17;

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
        Message(network, options ?? new OnnxOptions()).WriteTo(stream);
    }

    /// <summary>Exports a network to memory: to one array of the right size, since models may have hundreds of megabytes.</summary>
    /// <inheritdoc cref="Write(Network, Stream, OnnxOptions?)" path="/exception"/>
    internal static byte[] ToArray(Network network, OnnxOptions options) => Message(network, options).ToArray();

    private static ProtoMessage Message(Network network, OnnxOptions options)
    {
        var folded = network.FoldBatchNorm();
        var graph = new OnnxGraph(folded, options);
        foreach (var node in folded.Graph.Nodes)
            OnnxOperators.Write(node, graph);
        var entries = OnnxMetadata.Entries(folded.Graph, options);
        return OnnxProto.Model(graph.Complete(), Opset, OnnxMetadata.Description(folded.Graph, options), entries);
    }
}
