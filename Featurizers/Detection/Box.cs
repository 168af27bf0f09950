namespace TransferKit.Detection;

/// <summary>A rectangle in pixels, from its upper left to its lower right corner; coordinates grow to the right and down.</summary>
public readonly record struct Box(float Left, float Top, float Right, float Bottom)
{
    /// <summary>The width in pixels.</summary>
    public float Width => Right - Left;

    /// <summary>The height in pixels.</summary>
    public float Height => Bottom - Top;

    /// <summary>The area in square pixels.</summary>
    public float Area => Width * Height;

    /// <summary>The area that both boxes cover, divided by the area that either does: from 0 to 1.</summary>
    public float IntersectionOverUnion(Box other)
    {
        float shared = Math.Max(0, Math.Min(Right, other.Right) - Math.Max(Left, other.Left)) * Math.Max(0, Math.Min(Bottom, other.Bottom) - Math.Max(Top, other.Top));
        return shared / (Area + other.Area - shared);
    }

    /// <summary>The part of it that lies within an image.</summary>
    public Box Within(float width, float height) => Within(new Box(0, 0, width, height));

    /// <summary>The part of it that lies within another box; without any, a line or a point on the other's edge.</summary>
    public Box Within(Box other) => new(Math.Clamp(Left, other.Left, other.Right), Math.Clamp(Top, other.Top, other.Bottom),
        Math.Clamp(Right, other.Left, other.Right), Math.Clamp(Bottom, other.Top, other.Bottom));

    /// <summary>The box mirrored, left to right, in an image of some width.</summary>
    public Box Mirrored(float width) => this with { Left = width - Right, Right = width - Left };

    /// <summary>The box in an image that was stretched.</summary>
    public Box Stretched(float horizontally, float vertically) => new(Left * horizontally, Top * vertically, Right * horizontally, Bottom * vertically);
}
