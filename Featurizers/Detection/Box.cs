namespace TransferKit.Detection;

/// <summary>A rectangle in an image, in pixels. The origin is the image's upper left corner; y grows downward.</summary>
/// <param name="Left">The left edge (xmin).</param>
/// <param name="Top">The upper edge (ymin).</param>
/// <param name="Right">The right edge (xmax); pixels from here on lie outside.</param>
/// <param name="Bottom">The lower edge (ymax); pixels from here on lie outside.</param>
public readonly record struct Box(float Left, float Top, float Right, float Bottom)
{
    /// <summary>The width in pixels.</summary>
    public float Width => Right - Left;

    /// <summary>The height in pixels.</summary>
    public float Height => Bottom - Top;

    /// <summary>The area in square pixels.</summary>
    public float Area => Width * Height;

    /// <summary>The intersection over union (IoU) of two boxes, from 0 to 1.</summary>
    /// <param name="other">The other box.</param>
    public float IntersectionOverUnion(Box other)
    {
        float width = Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left));
        float height = Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));
        float intersection = width * height;
        return intersection / (Area + other.Area - intersection);
    }

    /// <summary>Clips the box to an image.</summary>
    /// <param name="width">The image's width in pixels.</param>
    /// <param name="height">The image's height in pixels.</param>
    public Box Clip(float width, float height) => Clip(new Box(0, 0, width, height));

    /// <summary>Clips the box to another one. Without an intersection the result has no area and lies on the other box's edge.</summary>
    /// <param name="bounds">The other box.</param>
    public Box Clip(Box bounds) => new(
        Math.Clamp(Left, bounds.Left, bounds.Right), Math.Clamp(Top, bounds.Top, bounds.Bottom),
        Math.Clamp(Right, bounds.Left, bounds.Right), Math.Clamp(Bottom, bounds.Top, bounds.Bottom));

    /// <summary>The box after a horizontal flip of the image.</summary>
    /// <param name="imageWidth">The image's width in pixels.</param>
    public Box Flip(float imageWidth) => this with { Left = imageWidth - Right, Right = imageWidth - Left };

    /// <summary>The box after the image was resized.</summary>
    /// <param name="scaleX">The new width divided by the old one.</param>
    /// <param name="scaleY">The new height divided by the old one.</param>
    public Box Scale(float scaleX, float scaleY) => new(Left * scaleX, Top * scaleY, Right * scaleX, Bottom * scaleY);

    /// <summary>The upper left and the lower right corner.</summary>
    public override string ToString() => FormattableString.Invariant($"({Left}, {Top})–({Right}, {Bottom})");
}
