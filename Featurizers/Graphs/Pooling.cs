namespace TransferKit.Graphs;

/// <summary>Maximum over a sliding square window.</summary>
/// <param name="Kernel">Width and height of the window.</param>
/// <param name="Stride">How far it moves.</param>
/// <param name="Padding">Pixels around the map, which never are the maximum.</param>
/// <param name="Ceiling">Whether the last window may reach over the border, so that no pixel is left out.</param>
public sealed record MaxPool(int Kernel, int Stride, int Padding, bool Ceiling) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Pool(Map(inputs[0]), Kernel, Stride, Padding, Ceiling);
}

/// <summary>Average over a sliding square window.</summary>
/// <param name="Kernel">Width and height of the window.</param>
/// <param name="Stride">How far it moves.</param>
/// <param name="Padding">Pixels of value 0 around the map.</param>
/// <param name="CountPadding">Whether those pixels count in the average.</param>
public sealed record AveragePool(int Kernel, int Stride, int Padding, bool CountPadding) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Pool(Map(inputs[0]), Kernel, Stride, Padding, ceiling: false);
}

/// <summary>Average over as many windows as the output has pixels, whatever the input's size (PyTorch's rule for their borders).</summary>
public sealed record AdaptiveAveragePool(int Size) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        Size > 0 ? new(Map(inputs[0]).Channels, Size, Size) : throw new ArgumentException($"a map of {Size} x {Size} is impossible");
}

/// <summary>Average over height and width: a map becomes a vector.</summary>
public sealed record GlobalAverage : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => new(Map(inputs[0]).Channels);
}

/// <summary>A map as large as another one, by repeating the nearest pixels.</summary>
public sealed record Upsample : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Map(inputs[1]) with { Channels = Map(inputs[0]).Channels };
}

/// <summary>A map read row by row, channel by channel, as a vector.</summary>
public sealed record Flatten : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => new(Map(inputs[0]).Count);
}
