using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Reads ONNX operators with weights: convolutions, batch normalizations and matrix products.</summary>
internal static class OnnxLayers
{
    // In the order of ONNX, after the input.
    private static readonly string[] BatchNormInputs = ["weight", "bias", "running_mean", "running_var"];

    /// <summary>Reads a Conv.</summary>
    public static void ReadConv(NodeProto node, OnnxImport import)
    {
        var input = import.ChannelsFirst(node, 0);
        var (weight, bias) = (import.Constant(node, 1), import.FindConstant(node, 2));
        if (weight.Dimensions is not [var channels, _, var height, var width])
            throw new OnnxNotSupportedException(node, $"a kernel of {weight.Dimensions.Length - 2} dimensions instead of 2");
        int dilation = OnnxWindow.Square(node, "dilations", 1);
        var window = OnnxWindow.Of(node, input.Shape, ((height - 1) * dilation + 1, (width - 1) * dilation + 1));
        var (padded, padding) = Pad(node, import, input, window, lowest: false);
        var conv = new Conv(channels, (height, width), window.Stride, padding, node.Int("group", 1), bias is not null,
            WeightInit.KaimingFanOut)
        { Dilation = dilation };
        var value = import.Append(node, conv, padded);
        import.SetWeight(value, "weight", weight.Floats, weight.Dimensions);
        if (bias is not null)
            import.SetWeight(value, "bias", bias.Floats, channels);
        import.Set(node, new OnnxValue(value));
    }

    /// <summary>Returns the value with the padding that an operator of the same padding on opposite sides cannot add itself.</summary>
    public static (Value Padded, Size2D Padding) Pad(NodeProto node, OnnxImport import, Value input, OnnxWindow window, bool lowest)
    {
        if (window.SymmetricPadding(input.Shape) is { } padding)
            return (input, padding);
        var (top, left, bottom, right) = window.Pads;
        return (import.Append(node, new Pad(top, left, bottom, right, lowest), input), 0);
    }

    /// <summary>Reads a BatchNormalization.</summary>
    public static void ReadBatchNorm(NodeProto node, OnnxImport import)
    {
        var input = import.Input(node, 0);
        if (node.Int("training_mode", 0) != 0)
            throw new OnnxNotSupportedException(node, "training mode; export the model for inference");
        // ONNX's momentum is the share of the old statistics, PyTorch's that of the new ones.
        var norm = new BatchNorm(node.Float("epsilon", 1e-5f), 1 - node.Float("momentum", 0.9f));
        var value = import.Append(node, norm, input.Value);
        foreach (var (index, parameter) in BatchNormInputs.Index())
            import.SetWeight(value, parameter, import.Constant(node, index + 1).Floats, input.Value.Channels);
        import.SetCounter(value);
        import.Set(node, new OnnxValue(value, input.Axes));
    }

    /// <summary>Reads a Gemm of a vector and a constant matrix.</summary>
    public static void ReadGemm(NodeProto node, OnnxImport import)
    {
        var (weight, bias) = (import.Constant(node, 1), import.FindConstant(node, 2));
        if (node.Int("transA", 0) != 0)
            throw new OnnxNotSupportedException(node, "transA is set");
        ReadLinear(node, import, weight, node.Int("transB", 0) != 0, bias, node.Float("alpha", 1), node.Float("beta", 1));
    }

    /// <summary>Reads a MatMul of a vector and a constant matrix. An addition of a constant that alone reads it becomes its bias.</summary>
    public static void ReadMatMul(NodeProto node, OnnxImport import)
    {
        var weight = import.Constant(node, 1);
        if (weight.Dimensions is not [_, var outputs])
            throw new OnnxNotSupportedException(node, $"a constant of {weight.Dimensions.Length} dimensions instead of a matrix");
        var addition = import.OnlyReader(node) is { OpType: "Add" } reader ? reader : null;
        var bias = addition is null ? null
            : import.ConstantOf(addition.Input[addition.Input[0] == node.Output[0] ? 1 : 0]);
        if (bias?.Count != outputs)
            (bias, addition) = (null, null);
        ReadLinear(node, import, weight, isTransposed: false, bias);
        if (addition is not null)
            import.Set(node, new OnnxValue(import.Input(node.Output[0]).Value) { AppliedNode = addition });
    }

    private static void ReadLinear(NodeProto node, OnnxImport import, OnnxTensor weight, bool isTransposed, OnnxTensor? bias,
        float weightFactor = 1, float biasFactor = 1)
    {
        var input = import.ChannelsFirst(node, 0);
        if (!input.Shape.IsVector || weight.Dimensions is not [var first, var second])
        {
            string matrix = string.Join("x", weight.Dimensions);
            throw new OnnxNotSupportedException(node, $"{input.Shape} times {matrix} instead of a vector times a matrix");
        }
        var (outputs, inputs) = isTransposed ? (first, second) : (second, first);
        if (inputs != input.Channels)
        {
            throw new ArgumentException($"'{node.Name}' ({node.OpType}) takes {inputs} values, not {input.Channels}: " +
                "images of this size do not fit the model.");
        }
        var value = import.Linear(node, input, outputs);
        Func<float[]> readWeight = isTransposed ? weight.Floats : () => OnnxTensor.Transposed(weight.Floats(), first, second);
        import.SetWeight(value, "weight", () => Scaled(readWeight(), weightFactor), outputs, inputs);
        Func<float[]> readBias = bias is null ? () => new float[outputs] : () => Scaled(Broadcast(bias.Floats(), outputs), biasFactor);
        import.SetWeight(value, "bias", readBias, outputs);
        import.Set(node, new OnnxValue(value));
    }

    private static float[] Broadcast(float[] values, int count) => values.Length == count ? values
        : [.. Enumerable.Repeat(values[0], count)];

    private static float[] Scaled(float[] values, float factor) => factor == 1 ? values : [.. values.Select(value => factor * value)];
}
