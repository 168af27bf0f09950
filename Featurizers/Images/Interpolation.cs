namespace TransferKit.Images;

/// <summary>How pixels are resampled, antialiased as Pillow does it.</summary>
public enum Interpolation
{
    /// <summary>A triangle filter two source pixels wide, wider when shrinking.</summary>
    Bilinear,

    /// <summary>Keys' cubic with a = -0.5, four source pixels wide, wider when shrinking.</summary>
    Bicubic,
}
