namespace TransferKit.Graphs;

/// <summary>
/// Rounds values to the 256 levels of an unsigned 8-bit integer and back (Jacob et al. 2017, arXiv:1712.05877): ONNX's QuantizeLinear and
/// DequantizeLinear. A layer that reads it computes with integers in ONNX Runtime.
/// </summary>
/// <param name="Scale">The distance between two levels, above 0.</param>
/// <param name="ZeroPoint">The integer that stands for 0, from 0 to 255.</param>
public sealed record FakeQuantize(float Scale, int ZeroPoint) : Elementwise
{
    internal override Shape Infer(IReadOnlyList<Shape> inputs)
    {
        if (!(Scale > 0) || !float.IsFinite(Scale))
            throw new ArgumentException($"a scale of {Scale} is invalid: it must be above 0");
        return ZeroPoint is >= 0 and <= 255 ? inputs[0]
            : throw new ArgumentException($"a zero point of {ZeroPoint} is invalid: it must be from 0 to 255");
    }
}
