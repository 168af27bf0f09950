namespace TransferKit.Images;

/// <summary>How an image of any aspect ratio becomes a square; the names are those of timm's <c>crop_mode</c>.</summary>
public enum CropMode
{
    /// <summary>The shorter side is resized and the aspect ratio is kept; the crop from the center loses what is outside.</summary>
    Center,

    /// <summary>
    /// Both sides are resized to the same length and the aspect ratio is lost. The whole image is seen where this length is that of the
    /// crop.
    /// </summary>
    Squash,
}
