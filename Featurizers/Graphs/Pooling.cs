using System.Text.Json.Serialization;

namespace TransferKit.Graphs;

/// <summary>Max pooling: the maximum over a sliding square window.</summary>
/// <param name="Kernel">Height and width of the window.</param>
/// <param name="Stride">The step of the window.</param>
/// <param name="Padding">Pixels added on each side, which are never the maximum; at most half the kernel.</param>
/// <param name="CeilMode">Whether the output size is rounded up, so that the last window may reach over the border.</param>
public sealed record MaxPool(
    int Kernel,
    int Stride,
    int Padding,
    // The name of the property in saved models.
    [property: JsonPropertyName("Ceiling")] bool CeilMode) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => PoolOutput(RequireMap(inputs[0]), Kernel, Stride, Padding, CeilMode);
}

/// <summary>Average pooling: the mean over a sliding square window.</summary>
/// <param name="Kernel">Height and width of the window.</param>
/// <param name="Stride">The step of the window.</param>
/// <param name="Padding">Zeros added on each side; at most half the kernel.</param>
/// <param name="CountIncludePad">Whether the padding counts in the mean.</param>
public sealed record AveragePool(
    int Kernel,
    int Stride,
    int Padding,
    // The name of the property in saved models.
    [property: JsonPropertyName("CountPadding")] bool CountIncludePad) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) =>
        PoolOutput(RequireMap(inputs[0]), Kernel, Stride, Padding, ceilMode: false);
}

/// <summary>Adaptive average pooling: the mean over as many windows as the output has pixels, whatever the size of the input.</summary>
/// <param name="Size">Height and width of the output.</param>
public sealed record AdaptiveAveragePool(int Size) : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => Size > 0 ? new(RequireMap(inputs[0]).Channels, Size, Size)
        : throw new ArgumentException($"an output of {Size} x {Size} is invalid: the size must be at least 1");
}

/// <summary>Global average pooling: the mean over height and width. A feature map becomes a vector with one value per channel.</summary>
public sealed record GlobalAverage : Operator
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs) => new(RequireMap(inputs[0]).Channels);
}
