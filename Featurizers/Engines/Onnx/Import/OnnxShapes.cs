using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>Reads ONNX operators that move values without changing them.</summary>
internal static class OnnxShapes
{
    // Channels that are picked one by one: red, green and blue in another order.
    private const int MostPicked = 4;

    /// <summary>Reads a Flatten, Reshape, Squeeze or Unsqueeze.</summary>
    public static void ReadReshape(NodeProto node, OnnxImport import)
    {
        var input = import.Input(node, 0);
        int[] target = Target(node, import, input.Dimensions);
        if (target.SequenceEqual(input.Dimensions))
            import.Set(node, input);
        else if (target is [1, var count] && count == input.Value.Shape.Count)
            Flatten(node, import, input);
        else if (target is [1, _, _, _] && input.Value.Shape.IsVector)
            Unflatten(node, import, input.Value, target);
        else if (target is [1, var groups, _, _, _] && import.OnlyReader(node) is { OpType: "Transpose" } transposition)
            ReadShuffle(node, transposition, import, groups);
        else
            throw new OnnxNotSupportedException(node, $"from {string.Join("x", input.Dimensions)} to {string.Join("x", target)}");
    }

    /// <summary>Reads a Transpose, which only changes the order in which the axes of a feature map are named.</summary>
    public static void ReadTranspose(NodeProto node, OnnxImport import)
    {
        var input = import.Input(node, 0);
        if (input.AppliedNode == node)
        {
            import.Set(node, input);
            return;
        }
        int[] order = node.Ints("perm") ?? [.. Enumerable.Range(0, input.Axes.Length).Reverse()];
        int[] axes = [.. order.Select(input.AxisOf)];
        if (axes[0] != 0)
            throw new OnnxNotSupportedException(node, $"the order {string.Join(", ", order)}, which moves the batch");
        import.Set(node, new OnnxValue(input.Value, axes));
    }

    /// <summary>Reads a Concat along the channels.</summary>
    public static void ReadConcat(NodeProto node, OnnxImport import)
    {
        OnnxValue[] inputs = [.. Enumerable.Range(0, node.Input.Count).Select(i => import.Input(node, i))];
        if (inputs[0].AxisOf(node.Int("axis", 1)) != 1 || inputs.Any(input => !input.Axes.SequenceEqual(inputs[0].Axes)))
            throw new OnnxNotSupportedException(node, "another axis than the channels");
        import.Emit(node, new Concat(), inputs[0].Axes, [.. inputs.Select(input => input.Value)]);
    }

    /// <summary>Reads a Split, Slice or Gather of channels.</summary>
    public static void ReadChannels(NodeProto node, OnnxImport import)
    {
        var input = import.Input(node, 0);
        if (node.OpType == "Split")
            ReadSplit(node, import, input);
        else if (node.OpType == "Slice")
            ReadSlice(node, import, input);
        else
            ReadGather(node, import, input);
    }

    private static int[] Target(NodeProto node, OnnxImport import, int[] dimensions)
    {
        switch (node.OpType)
        {
            case "Flatten":
                return node.Int("axis", 1) == 1 ? [1, dimensions.Aggregate(1, (product, size) => product * size)]
                    : throw new OnnxNotSupportedException(node, $"the axis {node.Int("axis", 1)} instead of 1");
            case "Reshape":
                return OnnxConstants.ResolveShape(node, import.Constant(node, 1).Integers(), dimensions);
            case "Squeeze":
                return OnnxConstants.Squeeze(dimensions, OnnxConstants.Axes(node, import));
            default:
                return OnnxConstants.Unsqueeze(dimensions, OnnxConstants.Axes(node, import) ?? []);
        }
    }

    private static void Flatten(NodeProto node, OnnxImport import, OnnxValue input)
    {
        var shape = input.Value.Shape;
        if (!input.IsChannelsFirst && (shape.Height > 1 || shape.Width > 1) && shape.Channels > 1)
            throw new OnnxNotSupportedException(node, "its input has another order of axes than batch, channels, height, width");
        import.Emit(node, new Flatten(), OnnxValue.ChannelsFirst, input.Value);
    }

    private static void Unflatten(NodeProto node, OnnxImport import, Value vector, int[] target)
    {
        // TensorFlow's gates are batch x 1 x 1 x channels.
        bool channelsLast = target is [_, 1, 1, > 1];
        var map = channelsLast ? new Shape(target[3], 1, 1) : new Shape(target[1], target[2], target[3]);
        int[] axes = channelsLast ? OnnxValue.ChannelsLast : OnnxValue.ChannelsFirst;
        import.Emit(node, new Unflatten(map), axes, vector);
    }

    // A channel shuffle is batch x channels x height x width -> batch x groups x channels of a group x height x width -> the two axes
    // exchanged -> the first shape again.
    private static void ReadShuffle(NodeProto node, NodeProto transposition, OnnxImport import, int groups)
    {
        var input = import.ChannelsFirst(node, 0);
        if (transposition.Ints("perm") is not [0, 2, 1, 3, 4])
            throw new OnnxNotSupportedException(node, "5 dimensions that are not a channel shuffle");
        var shuffled = import.Append(node, new ChannelShuffle(groups), input);
        import.Set(node, new OnnxValue(shuffled) { AppliedNode = transposition });
    }

    private static void ReadSplit(NodeProto node, OnnxImport import, OnnxValue input)
    {
        int channels = input.Value.Channels;
        int[] sizes = node.Ints("split") ?? import.FindConstant(node, 1)?.Integers()
            ?? [.. Enumerable.Repeat(channels / node.Output.Count, node.Output.Count)];
        RequireChannels(node, input, node.Int("axis", 0));
        if (sizes.Length != node.Output.Count || sizes.Sum(size => (long)size) != channels)
            throw new OnnxNotSupportedException(node, $"the sizes {string.Join(", ", sizes)} of {channels} channels");
        for (int i = 0, start = 0; i < sizes.Length; start += sizes[i++])
            if (import.IsRead(node.Output[i]))
                import.Set(node, new OnnxValue(import.Append(node, new ChannelSlice(start, sizes[i]), input.Value), input.Axes), i);
    }

    private static void ReadSlice(NodeProto node, OnnxImport import, OnnxValue input)
    {
        int[]? starts = node.Ints("starts") ?? import.FindConstant(node, 1)?.Integers();
        int[]? ends = node.Ints("ends") ?? import.FindConstant(node, 2)?.Integers();
        int[] axes = node.Ints("axes") ?? import.FindConstant(node, 3)?.Integers() ?? [0];
        int[] steps = import.FindConstant(node, 4)?.Integers() ?? [1];
        if (starts is not [var start] || ends is not [var end] || axes is not [var axis] || steps is not [1])
            throw new OnnxNotSupportedException(node, "more than one axis, or a step");
        RequireChannels(node, input, axis);
        int channels = input.Value.Channels;
        start = Math.Clamp(start < 0 ? start + channels : start, 0, channels);
        end = Math.Clamp(end < 0 ? end + channels : end, 0, channels);
        import.Emit(node, new ChannelSlice(start, end - start), input.Axes, input.Value);
    }

    // Indices that select a range of channels, or shuffle them.
    private static void ReadGather(NodeProto node, OnnxImport import, OnnxValue input)
    {
        RequireChannels(node, input, node.Int("axis", 0));
        int[] indices = import.Constant(node, 1).Integers();
        int channels = input.Value.Channels;
        if (indices.Length == 0)
            throw new OnnxNotSupportedException(node, "no channels");
        if (indices.Index().All(entry => entry.Item == indices[0] + entry.Index))
        {
            import.Emit(node, new ChannelSlice(indices[0], indices.Length), input.Axes, input.Value);
            return;
        }
        int groups = indices.Length == channels && indices[1] > 0 ? channels / indices[1] : 0;
        bool isShuffle = groups > 0 && channels % groups == 0
            && indices.Index().All(entry => entry.Item == entry.Index % groups * (channels / groups) + entry.Index / groups);
        if (isShuffle)
            import.Emit(node, new ChannelShuffle(groups), input.Axes, input.Value);
        else if (indices.Length <= MostPicked)
            import.Emit(node, new Concat(), input.Axes,
                [.. indices.Select(index => import.Append(node, new ChannelSlice(index, 1), input.Value))]);
        else
            throw new OnnxNotSupportedException(node, "channels in an order that is no range and no shuffle");
    }

    private static void RequireChannels(NodeProto node, OnnxValue input, int axis)
    {
        if (input.AxisOf(axis) != 1 || input.Value.Shape.IsVector)
            throw new OnnxNotSupportedException(node, "another axis than the channels of a feature map");
    }
}
