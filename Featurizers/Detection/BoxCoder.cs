namespace TransferKit.Detection;

/// <summary>
/// Encodes boxes as deltas from reference boxes, and decodes them: the distance of the centers in widths and heights of the reference
/// box, and the logarithms of the ratios of widths and of heights (Girshick et al. 2013, arXiv:1311.2524).
/// </summary>
/// <param name="CenterWeight">The factor of the two deltas of the center.</param>
/// <param name="SizeWeight">The factor of the two deltas of the size.</param>
internal readonly record struct BoxCoder(float CenterWeight, float SizeWeight)
{
    // An untrained network may give any delta: the exponential of a size is limited to 1000 pixels from 16, as in torchvision.
    private static readonly float MaxSizeDelta = (float)Math.Log(1000.0 / 16);

    /// <summary>The coder of proposals, which are encoded from anchors.</summary>
    public static BoxCoder Proposals { get; } = new(1, 1);

    /// <summary>The coder of detections, which are encoded from proposals.</summary>
    public static BoxCoder Detections { get; } = new(10, 5);

    /// <summary>Encodes a box as four deltas.</summary>
    /// <param name="box">The box.</param>
    /// <param name="reference">The anchor or proposal.</param>
    public (float X, float Y, float Width, float Height) Encode(Box box, Box reference) => (
        CenterWeight * (box.Left + 0.5f * box.Width - (reference.Left + 0.5f * reference.Width)) / reference.Width,
        CenterWeight * (box.Top + 0.5f * box.Height - (reference.Top + 0.5f * reference.Height)) / reference.Height,
        SizeWeight * MathF.Log(box.Width / reference.Width),
        SizeWeight * MathF.Log(box.Height / reference.Height));

    /// <summary>Decodes four deltas.</summary>
    /// <param name="deltas">The deltas in the order x, y, width, height.</param>
    /// <param name="reference">The anchor or proposal.</param>
    public Box Decode(ReadOnlySpan<float> deltas, Box reference)
    {
        float x = deltas[0] / CenterWeight * reference.Width + (reference.Left + 0.5f * reference.Width);
        float y = deltas[1] / CenterWeight * reference.Height + (reference.Top + 0.5f * reference.Height);
        float halfWidth = 0.5f * MathF.Exp(Math.Min(deltas[2] / SizeWeight, MaxSizeDelta)) * reference.Width;
        float halfHeight = 0.5f * MathF.Exp(Math.Min(deltas[3] / SizeWeight, MaxSizeDelta)) * reference.Height;
        return new(x - halfWidth, y - halfHeight, x + halfWidth, y + halfHeight);
    }
}
