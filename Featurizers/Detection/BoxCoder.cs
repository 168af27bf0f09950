namespace TransferKit.Detection;

/// <summary>
/// A box as its difference from another: how far its center lies away, in widths and heights of the other, and the logarithms of how much
/// wider and higher it is (Girshick 2014, arXiv:1311.2524), each times a weight.
/// </summary>
/// <param name="CenterWeight">What deltas of centers are multiplied by.</param>
/// <param name="SizeWeight">What logarithms of sizes are multiplied by.</param>
public readonly record struct BoxCoder(float CenterWeight, float SizeWeight)
{
    // A network that has not learned yet must not ask for boxes as large as the exponential of anything: 1000 pixels from 16 are enough.
    private static readonly float Largest = (float)Math.Log(1000.0 / 16);

    /// <summary>That of proposals, whose deltas are from anchors.</summary>
    public static BoxCoder Proposals { get; } = new(1, 1);

    /// <summary>That of detections, whose deltas are from proposals.</summary>
    public static BoxCoder Detections { get; } = new(10, 5);

    /// <summary>The difference of a box from another, in the order x, y, width, height.</summary>
    public (float X, float Y, float Width, float Height) Encode(Box box, Box from) => (
        CenterWeight * (box.Left + 0.5f * box.Width - (from.Left + 0.5f * from.Width)) / from.Width,
        CenterWeight * (box.Top + 0.5f * box.Height - (from.Top + 0.5f * from.Height)) / from.Height,
        SizeWeight * MathF.Log(box.Width / from.Width),
        SizeWeight * MathF.Log(box.Height / from.Height));

    /// <summary>The box that differs so from another.</summary>
    /// <param name="difference">Four numbers, as <see cref="Encode"/> gives them.</param>
    /// <param name="from">The other box.</param>
    public Box Decode(ReadOnlySpan<float> difference, Box from)
    {
        float x = difference[0] / CenterWeight * from.Width + (from.Left + 0.5f * from.Width);
        float y = difference[1] / CenterWeight * from.Height + (from.Top + 0.5f * from.Height);
        float width = 0.5f * MathF.Exp(Math.Min(difference[2] / SizeWeight, Largest)) * from.Width;
        float height = 0.5f * MathF.Exp(Math.Min(difference[3] / SizeWeight, Largest)) * from.Height;
        return new(x - width, y - height, x + width, y + height);
    }
}
