namespace TransferKit.Graphs;

/// <summary>Concatenates values along the channels: feature maps of the same height and width, or vectors.</summary>
public sealed record Concat : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        bool allVectors = inputs.All(shape => shape.IsVector);
        if (inputs.FirstOrDefault(shape => shape.Tokens > 0) is { Tokens: > 0 } tokens)
            throw new ArgumentException($"cannot concatenate tokens of {tokens}");
        if (!allVectors && inputs.Select(RequireMap).Select(shape => (shape.Height, shape.Width)).Distinct().Count() > 1)
            throw new ArgumentException($"cannot concatenate {string.Join(" and ", inputs)}: height and width must be the same");
        return inputs[0] with { Channels = inputs.Sum(shape => shape.Channels) };
    }
}

/// <summary>Adds two values of the same shape element by element: in a residual block, the branch and the shortcut.</summary>
public sealed record Add : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => inputs[0] == inputs[1] ? inputs[0]
        : throw new ArgumentException($"cannot add {inputs[0]} and {inputs[1]}: the shapes must be the same");
}

/// <summary>
/// Multiplies each channel of a feature map by one number, as squeeze-and-excitation does (arXiv:1709.01507). The first input is
/// channels x height x width; the second input (the gates) is channels x 1 x 1.
/// </summary>
public sealed record Rescale : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var gates = new Shape(RequireMap(inputs[0]).Channels, 1, 1);
        return inputs[1] == gates ? inputs[0]
            : throw new ArgumentException($"cannot rescale {inputs[0]} by {inputs[1]}: the gates must be {gates}");
    }
}

/// <summary>Turns a vector of logits into probabilities from 0 to 1, whose sum is 1.</summary>
public sealed record Softmax : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => RequireVector(inputs[0]);
}

/// <summary>Divides a vector by its Euclidean (L2) norm.</summary>
public sealed record UnitLength : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => RequireVector(inputs[0]);
}

/// <summary>Selects a contiguous range of a feature map's channels.</summary>
/// <param name="Start">The first channel, counted from 0.</param>
/// <param name="Count">The number of channels.</param>
public sealed record ChannelSlice(int Start, int Count) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        int channels = RequireMap(inputs[0]).Channels;
        if (Start >= 0 && Count > 0 && Start + Count <= channels)
            return inputs[0] with { Channels = Count };
        throw new ArgumentException($"a slice of {Count} channels starting at channel {Start} is invalid: " +
            $"{inputs[0]} has channels 0 to {channels - 1}, and the slice needs at least one");
    }
}

/// <summary>
/// Shuffles the channels of a feature map between groups, so that the next grouped convolution reads from all of them
/// (ShuffleNet, arXiv:1707.01083): the channels are split into groups, then taken from each group in turn.
/// </summary>
/// <param name="Groups">The number of groups; it must divide the number of channels.</param>
public sealed record ChannelShuffle(int Groups) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        int channels = RequireMap(inputs[0]).Channels;
        if (Groups < 1 || channels % Groups != 0)
            throw new ArgumentException($"{Groups} groups are invalid: the number must be at least 1 and divide {channels} channels");
        return inputs[0];
    }
}
