namespace TransferKit.Graphs;

/// <summary>Maps of one height and width, one after the other along the channels; or vectors, one after the other.</summary>
public sealed record Concat : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        inputs.All(s => s.IsVector) || inputs.Select(Map).Select(s => (s.Height, s.Width)).Distinct().Count() == 1
            ? inputs[0] with { Channels = inputs.Sum(s => s.Channels) }
            : throw new ArgumentException($"cannot concatenate {string.Join(" and ", inputs)}");
}

/// <summary>Element-wise sum of two values of one shape: in a residual block, of its branch and its shortcut.</summary>
public sealed record Add : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        inputs[0] == inputs[1] ? inputs[0] : throw new ArgumentException($"cannot add {inputs[0]} and {inputs[1]}");
}

/// <summary>A map with each channel multiplied by that channel's only pixel in another map.</summary>
public sealed record Rescale : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        inputs[1] == new Shape(Map(inputs[0]).Channels, 1, 1) ? inputs[0] : throw new ArgumentException($"cannot rescale {inputs[0]} by {inputs[1]}");
}

/// <summary>Logits as probabilities: exponentials that sum up to 1.</summary>
public sealed record Softmax : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Vector(inputs[0]);
}

/// <summary>A vector divided by its Euclidean length.</summary>
public sealed record UnitLength : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Vector(inputs[0]);
}

/// <summary>Some of a map's channels, one after the other.</summary>
public sealed record ChannelSlice(int Start, int Count) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Start >= 0 && Count > 0 && Start + Count <= Map(inputs[0]).Channels ? inputs[0] with { Channels = Count }
            : throw new ArgumentException($"{Count} channels from {Start} on are not in {inputs[0]}");
}

/// <summary>
/// A map's channels in another order: cut into groups, then one of each group in turn, so that the next grouped layer sees all of them
/// (arXiv:1707.01083).
/// </summary>
public sealed record ChannelShuffle(int Groups) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Groups > 0 && Map(inputs[0]).Channels % Groups == 0 ? inputs[0]
            : throw new ArgumentException($"{Groups} groups do not divide {inputs[0].Channels} channels evenly");
}
