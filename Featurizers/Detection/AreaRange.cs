namespace TransferKit.Detection;

/// <summary>A range of areas in square pixels, by which COCO's evaluation groups objects.</summary>
/// <param name="Min">The smallest area in the range.</param>
/// <param name="Max">The largest area in the range.</param>
public readonly record struct AreaRange(float Min, float Max)
{
    /// <summary>Objects of every size.</summary>
    public static AreaRange All { get; } = new(0, 1e10f);

    /// <summary>Small objects: up to 32 x 32 pixels.</summary>
    public static AreaRange Small { get; } = new(0, 32 * 32);

    /// <summary>Medium objects: from 32 x 32 to 96 x 96 pixels.</summary>
    public static AreaRange Medium { get; } = new(32 * 32, 96 * 96);

    /// <summary>Large objects: from 96 x 96 pixels.</summary>
    public static AreaRange Large { get; } = new(96 * 96, 1e10f);

    /// <summary>Whether an area lies in the range; both ends belong to it.</summary>
    /// <param name="area">The area in square pixels.</param>
    public bool Contains(float area) => area >= Min && area <= Max;
}
