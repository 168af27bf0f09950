namespace TransferKit.Detection;

/// <summary>Areas in square pixels from one to another, as COCO sorts things by size.</summary>
public readonly record struct AreaRange(float From, float To)
{
    /// <summary>Whatever its size.</summary>
    public static AreaRange All { get; } = new(0, 1e10f);

    /// <summary>Up to 32 x 32 pixels.</summary>
    public static AreaRange Small { get; } = new(0, 32 * 32);

    /// <summary>From 32 x 32 to 96 x 96 pixels.</summary>
    public static AreaRange Medium { get; } = new(32 * 32, 96 * 96);

    /// <summary>From 96 x 96 pixels on.</summary>
    public static AreaRange Large { get; } = new(96 * 96, 1e10f);

    /// <summary>Whether an area is in it.</summary>
    public bool Holds(float area) => area >= From && area <= To;
}
