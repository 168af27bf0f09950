using Google.Protobuf;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Runs a model in ONNX Runtime on black images, because a file need not say which shapes its values have.</summary>
internal static class OnnxProbe
{
    /// <summary>Returns the values that have the size of the batch as their first dimension, with their shapes for one image.</summary>
    /// <param name="name">The name of the file for messages.</param>
    /// <param name="bytes">The model.</param>
    /// <param name="input">Its input.</param>
    /// <param name="size">Width and height of the images.</param>
    /// <exception cref="InvalidDataException">ONNX Runtime cannot run the model; the message says why.</exception>
    public static IReadOnlyList<(string Name, Shape Shape)> Shapes(string name, byte[] bytes, OnnxInput input, int size)
    {
        var model = ModelProto.Parser.ParseFrom(bytes);
        var outputs = model.Graph.Output.Select(output => output.Name).ToHashSet();
        var computed = model.Graph.Node.SelectMany(node => node.Output).Where(value => value != "" && outputs.Add(value));
        model.Graph.Output.Add(computed.Select(value => new ValueInfoProto { Name = value }).ToArray());
        try
        {
            using var options = new SessionOptions { LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL };
            using var session = new InferenceSession(model.ToByteArray(), options);
            // With one image, a dimension of size 1 could be that of the batch or another.
            int batch = input.Batch ?? 2;
            int[] dimensions = [.. input.Axes.Select(axis => axis == 0 ? batch : axis == 1 ? input.Shape.Channels : size)];
            using var results = session.Run([ImageOf(session.InputMetadata[input.Name].ElementType, input.Name, dimensions)]);
            var shapes = new List<(string, Shape)>();
            foreach (var result in results)
                if (ShapeOf(result, batch) is { } shape)
                    shapes.Add((result.Name, shape));
            return shapes;
        }
        catch (OnnxRuntimeException e)
        {
            throw new InvalidDataException($"'{name}' cannot be used: ONNX Runtime does not run it ({e.Message.Trim()}).", e);
        }
    }

    private static NamedOnnxValue ImageOf(Type type, string name, int[] dimensions) => type == typeof(Float16)
        ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<Float16>(dimensions))
        : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<float>(dimensions));

    private static Shape? ShapeOf(NamedOnnxValue result, int batch) => result.Value switch
    {
        Tensor<float> values => ShapeOf(values.Dimensions, batch),
        Tensor<Float16> values => ShapeOf(values.Dimensions, batch),
        _ => null,
    };

    private static Shape? ShapeOf(ReadOnlySpan<int> dimensions, int batch) => dimensions switch
    {
        [var first, ..] when first != batch => null,
        [_, > 0 and var count] => new Shape(count),
        [_, > 0 and var channels, > 0 and var height, > 0 and var width] => new Shape(channels, height, width),
        [_, > 0 and var tokens, > 0 and var width] => new Shape(tokens * width),
        _ => null,
    };
}
