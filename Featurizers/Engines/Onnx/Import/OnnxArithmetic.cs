using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Reads additions, subtractions, multiplications and divisions of values and constants.</summary>
internal static class OnnxArithmetic
{
    /// <summary>Reads a node.</summary>
    public static void Read(NodeProto node, OnnxImport import)
    {
        if (node.OpType == "Sum" && node.Input.Count != 2)
            throw new OnnxNotSupportedException(node, $"{node.Input.Count} inputs instead of 2");
        var (first, second) = (import.Input(node, 0), import.Input(node, 1));
        if (first.AppliedNode == node || second.AppliedNode == node)
        {
            import.Set(node, first.AppliedNode == node ? first : second);
            return;
        }
        if (second.Constant is { } right)
            ReadConstant(node, import, first, right, constantIsFirst: false);
        else if (first.Constant is { } left)
            ReadConstant(node, import, second, left, constantIsFirst: true);
        else
            ReadValues(node, import, first, second);
    }

    /// <summary>Returns a constant that is broadcast over a value as one number for each channel.</summary>
    /// <exception cref="OnnxNotSupportedException">The constant differs within a channel.</exception>
    public static float[] PerChannel(NodeProto node, OnnxTensor constant, OnnxValue value) => FindPerChannel(constant, value)
        ?? throw new OnnxNotSupportedException(node, $"a constant of shape {string.Join("x", constant.Dimensions)}");

    private static void ReadConstant(NodeProto node, OnnxImport import, OnnxValue value, OnnxTensor constant, bool constantIsFirst)
    {
        bool isSum = node.OpType is "Add" or "Sub" or "Sum";
        if (FindPerChannel(constant, value) is { } numbers)
        {
            if (node.OpType == "Div" && constantIsFirst)
                throw new OnnxNotSupportedException(node, "a constant divided by a value");
            var scaled = import.Append(node, new Scale(), value.Value);
            float valueFactor = node.OpType == "Sub" && constantIsFirst ? -1 : 1;
            float constantFactor = node.OpType == "Sub" && !constantIsFirst ? -1 : 1;
            Func<float[]> weight = isSum ? () => [.. numbers.Select(_ => valueFactor)]
                : node.OpType == "Div" ? () => [.. numbers.Select(number => 1 / number)] : () => numbers;
            Func<float[]> bias = isSum ? () => [.. numbers.Select(number => constantFactor * number)] : () => new float[numbers.Length];
            import.SetWeight(scaled, "weight", weight, numbers.Length);
            import.SetWeight(scaled, "bias", bias, numbers.Length);
            import.Set(node, new OnnxValue(scaled, value.Axes));
        }
        else if (node.OpType is "Add" or "Sum" or "Sub" && !constantIsFirst && value.IsChannelsFirst
            && constant.Dimensions.SkipWhile(size => size == 1).SequenceEqual(value.Dimensions.SkipWhile(size => size == 1)))
        {
            var sum = import.Append(node, new Bias(), value.Value);
            float sign = node.OpType == "Sub" ? -1 : 1;
            import.SetWeight(sum, "bias", () => [.. constant.Floats().Select(number => sign * number)],
                [.. value.Value.Shape.Dimensions.Select(size => (int)size)]);
            import.Set(node, new OnnxValue(sum, value.Axes));
        }
        else
        {
            throw new OnnxNotSupportedException(node, $"a constant of shape {string.Join("x", constant.Dimensions)}");
        }
    }

    private static void ReadValues(NodeProto node, OnnxImport import, OnnxValue first, OnnxValue second)
    {
        if (node.OpType is "Sub" or "Div")
            throw new OnnxNotSupportedException(node, "two values that are computed");
        if ((first.PendingGate ?? second.PendingGate) is { } gate)
            import.Emit(node, gate is Sigmoid ? new Silu() : new HardSwish(), first.Axes, first.Value);
        else if (!first.Axes.SequenceEqual(second.Axes))
            throw new OnnxNotSupportedException(node, "two inputs with different orders of axes");
        else if (node.OpType != "Mul")
            import.Emit(node, new Add(), first.Axes, first.Value, second.Value);
        else if (first.Value.Shape == second.Value.Shape)
            import.Emit(node, new Multiply(), first.Axes, first.Value, second.Value);
        else if (first.Value.Shape is { Height: 1, Width: 1 })
            import.Emit(node, new Rescale(), first.Axes, second.Value, first.Value);
        else
            import.Emit(node, new Rescale(), first.Axes, first.Value, second.Value);
    }

    private static float[]? FindPerChannel(OnnxTensor constant, OnnxValue value)
    {
        int channels = value.Value.Channels;
        if (constant.Count == 1)
            return [.. Enumerable.Repeat(constant.Floats()[0], channels)];
        // Broadcasting aligns the last axes.
        int missing = value.Axes.Length - constant.Dimensions.Length;
        for (int i = 0; i < constant.Dimensions.Length; i++)
            if (missing < 0 || constant.Dimensions[i] != (value.Axes[i + missing] == 1 ? channels : 1))
                return null;
        return constant.Floats();
    }
}
