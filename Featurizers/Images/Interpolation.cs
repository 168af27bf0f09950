namespace TransferKit.Images;

/// <summary>How pixels are resampled when an image is resized. Both kinds are antialiased as in Pillow.</summary>
public enum Interpolation
{
    /// <summary>A triangle filter over two source pixels, or more when the image is made smaller.</summary>
    Bilinear,

    /// <summary>Keys' cubic filter with a = -0.5 over four source pixels, or more when the image is made smaller.</summary>
    Bicubic,
}
