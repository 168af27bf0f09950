using System.Runtime.InteropServices;
using TransferKit.Engines.Onnx.Proto;
using TransferKit.Engines.Quantization;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TransferKit.Engines.Onnx.OnnxProto;
using DataType = TransferKit.Engines.Onnx.Proto.TensorProto.Types.DataType;

namespace TransferKit.Engines.Onnx;

/// <summary>
/// Writes values and weights of 8-bit integers as QuantizeLinear and DequantizeLinear, which ONNX Runtime joins with the layers between
/// them, and reads such weights back.
/// </summary>
internal static class OnnxQuantization
{
    /// <summary>Writes the rounding of a value.</summary>
    public static void WriteRounded(OnnxGraph graph, Node node, FakeQuantize op)
    {
        string scale = graph.Constant(node, "scale", [], op.Scale);
        string zeroPoint = graph.Add(Tensor($"{node.Name}/zero_point", DataType.Uint8, [], new[] { (byte)op.ZeroPoint }));
        string integers = graph.Step(node, "QuantizeLinear", "integers", graph.Value(node.Inputs[0]), scale, zeroPoint);
        graph.SetValue(node, graph.Step(node, "DequantizeLinear", "value", integers, scale, zeroPoint));
    }

    /// <summary>Writes the weight and the bias of a layer; returns the names of their values.</summary>
    /// <param name="graph">The ONNX graph.</param>
    /// <param name="node">The layer, which reads rounded values.</param>
    /// <param name="parameters">The weight, whose first dimension is that of the outputs, and the bias if there is one.</param>
    public static string[] WriteParameters(OnnxGraph graph, Node node, TensorData[] parameters)
    {
        var weight = parameters[0];
        var (integers, scales) = Int8.IntegersOf(weight);
        int[] dimensions = [.. node.Operator is Linear ? weight.Dimensions.Take(2) : weight.Dimensions];
        string weightValue = Dequantized(graph, node, "weight", DataType.Int8, dimensions, integers, scales);
        if (parameters is not [_, var bias])
            return [weightValue];
        // Sums of products have the product of both scales.
        float inputScale = ((FakeQuantize)node.Inputs[0].Operator).Scale;
        float[] biasScales = [.. scales.Select(scale => scale * inputScale)], biases = bias.Floats().ToArray();
        int[] sums = [.. biases.Select((value, c) => (int)Math.Round((double)value / biasScales[c]))];
        return [weightValue, Dequantized(graph, node, "bias", DataType.Int32, [sums.Length], sums, biasScales)];
    }

    /// <summary>Reads a parameter of integers; null where it is none.</summary>
    public static TensorData? Read(string key, ParameterSpec parameter, Dictionary<string, TensorProto> initializers)
    {
        if (!initializers.TryGetValue(key, out var tensor) || !initializers.TryGetValue(ScaleOf(key), out var scale))
            return null;
        var scales = MemoryMarshal.Cast<byte, float>(scale.RawData.Span);
        var bytes = tensor.RawData.Span;
        int width = tensor.DataType == (int)DataType.Int8 ? sizeof(sbyte) : sizeof(int);
        if (scales.Length != parameter.Dimensions[0] || bytes.Length != width * parameter.Count)
            throw new InvalidDataException($"The ONNX model has no '{key}' of {parameter.Count} integers, which its network needs.");
        float[] values = new float[parameter.Count];
        int count = values.Length / scales.Length;
        for (int i = 0; i < values.Length; i++)
            values[i] = scales[i / count] * (width == 1 ? (sbyte)bytes[i] : MemoryMarshal.Read<int>(bytes[(i * width)..]));
        return TensorData.From(values, parameter.Dimensions);
    }

    // Integers with a scale for each output channel; the integer that stands for 0 is 0.
    private static string Dequantized<T>(
        OnnxGraph graph, Node node, string parameter, DataType type, int[] dimensions, T[] integers, float[] scales) where T : unmanaged
    {
        string key = graph.Add(Tensor($"{node.Layer}.{parameter}", type, dimensions, Bytes(integers)));
        string scale = graph.Add(Tensor(ScaleOf(key), [scales.Length], scales));
        string zeroPoint = graph.Add(Tensor($"{key}/zero_point", type, [scales.Length], Bytes(new T[scales.Length])));
        return graph.Step(node, "DequantizeLinear", parameter, [key, scale, zeroPoint], Int("axis", 0));
    }

    private static byte[] Bytes<T>(T[] values) where T : unmanaged => MemoryMarshal.AsBytes<T>(values).ToArray();

    private static string ScaleOf(string key) => $"{key}/scale";
}
