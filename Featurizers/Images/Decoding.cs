namespace TransferKit.Images;

/// <summary>At which size photographs are decoded before they are resized.</summary>
public enum Decoding
{
    /// <summary>At full size: crops equal torchvision's to the last level.</summary>
    Exact,

    /// <summary>
    /// JPEG at a half, a quarter or an eighth of its size, the smallest that is still at least 1.5 times the size it is resized to. Large
    /// photographs are decoded several times as fast, and levels differ a little. Other formats are decoded at full size.
    /// </summary>
    Fast,
}
