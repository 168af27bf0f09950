using TransferKit.Engines.Onnx.Proto;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Computes nodes whose inputs are constants, such as those that compute the shape for a Reshape.</summary>
internal static class OnnxConstants
{
    // Shapes and scales are short. A model that computes large constants is left to ONNX Runtime.
    private const int LongestComputed = 1 << 16;

    /// <summary>Computes a node if it is a constant for a batch of one image.</summary>
    /// <returns>Whether it is.</returns>
    public static bool TryRead(NodeProto node, OnnxImport import)
    {
        if (node.OpType == "Constant")
            import.Set(node, new OnnxValue(Literal(node, import)));
        else if (node.OpType == "Shape")
            import.Set(node, new OnnxValue(Shape(node, import.Input(node, 0).Dimensions)));
        else if (node.Input.Any(input => input != "") && AllConstants(node, import) is { } inputs)
            import.Set(node, new OnnxValue(Compute(node, import, inputs)));
        else
            return false;
        return true;
    }

    /// <summary>Returns the shape that a Reshape asks for: 0 keeps a dimension, -1 is inferred.</summary>
    public static int[] ResolveShape(NodeProto node, int[] requested, int[] dimensions)
    {
        bool keepsDimensions = node.Int("allowzero", 0) == 0;
        int[] shape = [.. requested.Select((size, i) => size == 0 && keepsDimensions && i < dimensions.Length ? dimensions[i] : size)];
        long count = dimensions.Aggregate(1L, (product, size) => product * size);
        long known = shape.Where(size => size != -1).Aggregate(1L, (product, size) => product * size);
        if (shape.Any(size => size < -1) || shape.Count(size => size == -1) > 1 || known < 1 || known > count || count % known != 0)
            throw new OnnxNotSupportedException(node, $"from {string.Join("x", dimensions)} to {string.Join("x", requested)}");
        return [.. shape.Select(size => size == -1 ? (int)(count / known) : size)];
    }

    /// <summary>Returns the axes of a Squeeze or Unsqueeze, which are an attribute or, since version 13, an input.</summary>
    public static int[]? Axes(NodeProto node, OnnxImport import) => node.Ints("axes") ?? import.FindConstant(node, 1)?.Integers();

    /// <summary>Returns the shape without axes of size 1: those given, or all.</summary>
    public static int[] Squeeze(int[] dimensions, int[]? axes)
    {
        int[]? indices = axes is null ? null : [.. axes.Select(axis => axis < 0 ? axis + dimensions.Length : axis)];
        return [.. dimensions.Where((size, i) => indices is null ? size != 1 || i == 0 : !indices.Contains(i) || size != 1)];
    }

    /// <summary>Returns the shape with axes of size 1 added.</summary>
    public static int[] Unsqueeze(int[] dimensions, int[] axes)
    {
        int rank = dimensions.Length + axes.Length;
        int[] indices = [.. axes.Select(axis => axis < 0 ? axis + rank : axis)];
        var remaining = new Queue<int>(dimensions);
        return [.. Enumerable.Range(0, rank).Select(i => indices.Contains(i) || remaining.Count == 0 ? 1 : remaining.Dequeue())];
    }

    private static OnnxTensor[]? AllConstants(NodeProto node, OnnxImport import)
    {
        OnnxTensor?[] constants = [.. Enumerable.Range(0, node.Input.Count).Select(i => import.Find(node, i)?.Constant)];
        return constants.Where((constant, i) => constant is null && node.Input[i] != "").Any() ? null : [.. constants.OfType<OnnxTensor>()];
    }

    private static OnnxTensor Literal(NodeProto node, OnnxImport import)
    {
        if (node.Find("value")?.T is { } tensor)
            return import.Tensor(tensor);
        if (node.Find("value_float") is { } number)
            return new([], [number.F], isFloatingPoint: true);
        if (node.Find("value_floats") is { } numbers)
            return new([numbers.Floats.Count], [.. numbers.Floats], isFloatingPoint: true);
        if (node.Find("value_int") is { } integer)
            return new([], [integer.I], isFloatingPoint: false);
        if (node.Find("value_ints") is { } integers)
            return new([integers.Ints.Count], [.. integers.Ints], isFloatingPoint: false);
        throw new OnnxNotSupportedException(node, "a constant that is no number");
    }

    private static OnnxTensor Shape(NodeProto node, int[] dimensions)
    {
        int start = Index(node.Int("start", 0)), end = Index(node.Int("end", dimensions.Length));
        return Integers(dimensions[Math.Min(start, end)..end]);

        int Index(int axis) => Math.Clamp(axis < 0 ? axis + dimensions.Length : axis, 0, dimensions.Length);
    }

    private static OnnxTensor Compute(NodeProto node, OnnxImport import, OnnxTensor[] inputs)
    {
        var x = inputs[0];
        switch (node.OpType)
        {
            case "Identity":
                return x;
            case "Reshape" when inputs.Length == 2:
                return x.Reshape(ResolveShape(node, inputs[1].Integers(), x.Dimensions));
            case "Squeeze":
                // Squeeze keeps the first axis, the batch, which constants do not have.
                int[]? axes = Axes(node, import)?.Select(axis => axis < 0 ? axis : axis + 1).ToArray();
                return x.Reshape([.. Squeeze([1, .. x.Dimensions], axes).Skip(1)]);
            case "Unsqueeze":
                return x.Reshape(Unsqueeze(x.Dimensions, Axes(node, import) ?? []));
            case "Transpose" when x.Dimensions is [var rows, var columns]:
                return new([columns, rows], OnnxTensor.Transposed(x.Values, rows, columns), x.IsFloatingPoint);
        }
        if (inputs.Sum(input => (long)input.Count) > LongestComputed)
            throw new OnnxNotSupportedException(node, "a computed constant that is too long");
        switch (node.OpType)
        {
            case "Cast":
                bool toFloat = OnnxActivations.IsFloatingPoint(node.Int("to", 0));
                return new(x.Dimensions, [.. x.Values.Select(value => toFloat ? value : Math.Truncate(value))], toFloat);
            case "Concat" when inputs.All(input => input.Dimensions.Length == 1):
                double[] joined = [.. inputs.SelectMany(input => input.Values)];
                return new([joined.Length], joined, x.IsFloatingPoint);
            case "Gather" when inputs.Length == 2 && x.Dimensions is [var length]
                && inputs[1].Integers().All(i => i >= -length && i < length):
                double[] gathered = [.. inputs[1].Integers().Select(i => x.Values[i < 0 ? i + length : i])];
                return new(inputs[1].Dimensions, gathered, x.IsFloatingPoint);
            case "Slice" when x.Dimensions is [var length] && Range(node, inputs) is var (start, end):
                start = Math.Clamp(start < 0 ? start + length : start, 0, length);
                end = Math.Clamp(end < 0 ? end + length : end, start, length);
                return new([end - start], x.Values[start..end], x.IsFloatingPoint);
            case "Floor" or "Ceil" or "Neg" or "Sqrt":
                return new(x.Dimensions, [.. x.Values.Select(value => Apply(node.OpType, value))], x.IsFloatingPoint);
            case "Add" or "Sub" or "Mul" or "Div" when inputs.Length == 2 && CanCombine(x, inputs[1]):
                return Combine(node, x, inputs[1]);
            default:
                throw new OnnxNotSupportedException(node, "of constants");
        }
    }

    private static (int Start, int End)? Range(NodeProto node, OnnxTensor[] inputs)
    {
        int[] starts = node.Ints("starts") ?? inputs.ElementAtOrDefault(1)?.Integers() ?? [];
        int[] ends = node.Ints("ends") ?? inputs.ElementAtOrDefault(2)?.Integers() ?? [];
        return starts is [var start] && ends is [var end] ? (start, end) : null;
    }

    private static bool CanCombine(OnnxTensor a, OnnxTensor b) =>
        a.Count > 0 && b.Count > 0 && (a.Count == 1 || b.Count == 1 || a.Count == b.Count);

    private static OnnxTensor Combine(NodeProto node, OnnxTensor a, OnnxTensor b)
    {
        var larger = a.Count >= b.Count ? a : b;
        double[] values = new double[larger.Count];
        for (int i = 0; i < values.Length; i++)
        {
            double left = a.Values[a.Count == 1 ? 0 : i], right = b.Values[b.Count == 1 ? 0 : i];
            values[i] = node.OpType switch
            {
                "Add" => left + right,
                "Sub" => left - right,
                "Mul" => left * right,
                _ => larger.IsFloatingPoint ? left / right : Math.Truncate(left / right),
            };
        }
        return new(larger.Dimensions, values, larger.IsFloatingPoint);
    }

    private static double Apply(string op, double value) => op switch
    {
        "Floor" => Math.Floor(value),
        "Ceil" => Math.Ceiling(value),
        "Sqrt" => Math.Sqrt(value),
        _ => -value,
    };

    private static OnnxTensor Integers(int[] values) =>
        new([values.Length], [.. values.Select(value => (double)value)], isFloatingPoint: false);
}
