namespace TransferKit.Graphs;

/// <summary>Adds pixels of one value around a feature map.</summary>
/// <param name="Top">Pixels added above.</param>
/// <param name="Left">Pixels added at the left.</param>
/// <param name="Bottom">Pixels added below.</param>
/// <param name="Right">Pixels added at the right.</param>
/// <param name="Lowest">Whether the pixels are the lowest number, which is never a maximum, instead of 0.</param>
public sealed record Pad(int Top, int Left, int Bottom, int Right, bool Lowest) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var map = RequireMap(inputs[0]);
        if (Math.Min(Math.Min(Top, Left), Math.Min(Bottom, Right)) < 0)
            throw new ArgumentException($"a padding of {Top}, {Left}, {Bottom}, {Right} is invalid: each must be at least 0");
        return map with { Height = checked(Top + map.Height + Bottom), Width = checked(Left + map.Width + Right) };
    }
}

/// <summary>Resizes a feature map, the first input, to the height and width of the second by nearest-neighbor interpolation.</summary>
public sealed record Upsample : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => RequireMap(inputs[1]) with { Channels = RequireMap(inputs[0]).Channels };
}

/// <summary>Makes a feature map larger by repeating each pixel (nearest-neighbor interpolation).</summary>
/// <param name="Factor">How often each pixel is repeated in height and in width.</param>
public sealed record UpsampleBy(int Factor) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        var map = RequireMap(inputs[0]);
        if (Factor < 1)
            throw new ArgumentException($"a factor of {Factor} is invalid: it must be at least 1");
        return map with { Height = checked(Factor * map.Height), Width = checked(Factor * map.Width) };
    }
}

/// <summary>Flattens a feature map to a vector of channels x height x width values, the width varying fastest.</summary>
public sealed record Flatten : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => new(RequireMap(inputs[0]).Count);
}

/// <summary>Turns a vector into a feature map, the reverse of <see cref="Flatten"/>.</summary>
/// <param name="Map">The shape of the feature map.</param>
public sealed record Unflatten(Shape Map) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => !Map.IsVector && RequireVector(inputs[0]).Count == Map.Count ? Map
        : throw new ArgumentException($"cannot turn {inputs[0]} into {Map}: the numbers of values must be the same");
}
