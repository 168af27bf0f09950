using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Reads ONNX operators that change the height and width of feature maps: pooling, padding and resizing.</summary>
internal static class OnnxPooling
{
    private const int Height = 2, Width = 3;

    /// <summary>Reads a MaxPool or an AveragePool.</summary>
    public static void ReadWindow(NodeProto node, OnnxImport import)
    {
        var input = import.ChannelsFirst(node, 0);
        if (OnnxWindow.Square(node, "dilations", 1) != 1)
            throw new OnnxNotSupportedException(node, "a dilation");
        if (node.Ints("kernel_shape") is not [var height, var width])
            throw new OnnxNotSupportedException(node, "a kernel that does not have 2 dimensions");
        var window = OnnxWindow.Of(node, input.Shape, (height, width));
        bool isAverage = node.OpType == "AveragePool";
        if (isAverage && window.Pads == default && (height, width) == (input.Shape.Height, input.Shape.Width))
        {
            import.Emit(node, new AdaptiveAveragePool(1), OnnxValue.ChannelsFirst, input);
            return;
        }
        int kernel = OnnxWindow.Square(node, "kernel_shape", 1);
        var (padded, op) = isAverage ? Average(node, import, input, window, kernel) : Max(node, import, input, window, kernel);
        import.Emit(node, op, OnnxValue.ChannelsFirst, padded);
    }

    /// <summary>Reads a pooling over height and width.</summary>
    public static void ReadGlobal(NodeProto node, OnnxImport import)
    {
        var input = import.Input(node, 0);
        var shape = input.Value.Shape;
        if (node.OpType == "ReduceMean")
        {
            int[] axes = node.Ints("axes") ?? import.FindConstant(node, 1)?.Integers() ?? [];
            if (!axes.Select(input.AxisOf).Order().SequenceEqual([Height, Width]))
                throw new OnnxNotSupportedException(node, $"a mean over the axes {string.Join(", ", axes)} instead of height and width");
            Operator mean = node.Int("keepdims", 1) != 0 ? new AdaptiveAveragePool(1) : new GlobalAverage();
            import.Emit(node, mean, input.Axes, input.Value);
        }
        else if (!input.IsChannelsFirst)
        {
            throw new OnnxNotSupportedException(node, "its input has another order of axes than batch, channels, height, width");
        }
        else if (node.OpType == "GlobalAveragePool")
        {
            import.Emit(node, new AdaptiveAveragePool(1), input.Axes, input.Value);
        }
        else if (shape.Height == shape.Width)
        {
            import.Emit(node, new MaxPool(shape.Height, 1, 0, CeilMode: false), input.Axes, input.Value);
        }
        else
        {
            throw new OnnxNotSupportedException(node, $"a feature map of {shape}, which is not square");
        }
    }

    /// <summary>Reads a Pad with zeros around height and width.</summary>
    public static void ReadPad(NodeProto node, OnnxImport import)
    {
        var input = import.ChannelsFirst(node, 0);
        int[] pads = node.Ints("pads") ?? import.Constant(node, 1).Integers();
        float value = import.FindConstant(node, 2)?.Number() ?? node.Float("value", 0);
        if (node.Text("mode", "constant") != "constant" || value != 0 && value != float.MinValue || import.Find(node, 3) is not null
            || pads is not [0, 0, var top, var left, 0, 0, var bottom, var right])
            throw new OnnxNotSupportedException(node, "another padding than zeros around height and width");
        // PyTorch writes a padding of nothing before some poolings.
        if ((top, left, bottom, right) == default)
            import.Set(node, import.Input(node, 0));
        else
            import.Emit(node, new Pad(top, left, bottom, right, Lowest: value != 0), OnnxValue.ChannelsFirst, input);
    }

    /// <summary>Reads a Resize or an Upsample that repeats each pixel.</summary>
    public static void ReadResize(NodeProto node, OnnxImport import)
    {
        var input = import.ChannelsFirst(node, 0);
        var (height, width) = (input.Shape.Height, input.Shape.Width);
        bool isUpsample = node.OpType == "Upsample" || import.Opset < 11;
        string mode = node.Text("coordinate_transformation_mode", "half_pixel"), nearest = node.Text("nearest_mode", "round_prefer_floor");
        bool rounds = nearest is "round_prefer_floor" or "round_prefer_ceil";
        bool repeatsPixels = isUpsample || mode is "asymmetric" && nearest is "floor"
            || mode is "half_pixel" or "pytorch_half_pixel" or "half_pixel_symmetric" && rounds;
        double[] scales = import.FindConstant(node, isUpsample ? 1 : 2) is { Count: 4 } constant ? constant.Values
            : !isUpsample && import.FindConstant(node, 3) is { Count: 4 } sizes
                ? [1, 1, sizes.Values[2] / height, sizes.Values[3] / width] : [];
        if (node.Text("mode", "nearest") != "nearest" || !repeatsPixels || scales is not [1, 1, var factor, var factorOfWidth]
            || factor != factorOfWidth || factor < 1 || factor != Math.Floor(factor))
            throw new OnnxNotSupportedException(node, "another resizing than the repetition of pixels (nearest, by a whole number)");
        import.Emit(node, new UpsampleBy((int)Math.Min(factor, int.MaxValue)), OnnxValue.ChannelsFirst, input);
    }

    private static (Value, Operator) Max(NodeProto node, OnnxImport import, Value input, OnnxWindow window, int kernel)
    {
        foreach (bool ceilMode in new[] { false, true })
            if (window.SymmetricPadding(input.Shape, ceilMode) is { } padding && padding.Height == padding.Width)
                return (input, new MaxPool(kernel, window.Stride, padding.Height, ceilMode));
        var (padded, _) = OnnxLayers.Pad(node, import, input, window, lowest: true);
        return (padded, new MaxPool(kernel, window.Stride, 0, window.CeilMode));
    }

    private static (Value, Operator) Average(NodeProto node, OnnxImport import, Value input, OnnxWindow window, int kernel)
    {
        bool countIncludePad = node.Int("count_include_pad", 0) != 0;
        if (window.SymmetricPadding(input.Shape) is { } padding && padding.Height == padding.Width)
            return (input, new AveragePool(kernel, window.Stride, padding.Height, countIncludePad || padding == 0));
        if (!countIncludePad || window.CeilMode)
            throw new OnnxNotSupportedException(node, "pads that differ on opposite sides and do not count, or ceil_mode");
        var (top, left, bottom, right) = window.Pads;
        var padded = import.Append(node, new Pad(top, left, bottom, right, Lowest: false), input);
        return (padded, new AveragePool(kernel, window.Stride, 0, CountIncludePad: true));
    }
}
