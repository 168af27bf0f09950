namespace TransferKit.Weights;

/// <summary>The element types of tensors in a file of weights.</summary>
public enum ElementType
{
    /// <summary>IEEE single precision.</summary>
    Float32,

    /// <summary>IEEE half precision.</summary>
    Float16,

    /// <summary>The upper 16 bits of single precision.</summary>
    BFloat16,

    /// <summary>Signed 64-bit integer.</summary>
    Int64,

    /// <summary>Byte.</summary>
    UInt8,
}

/// <summary>Sizes of element types.</summary>
internal static class ElementTypes
{
    /// <summary>The number of bytes of an element.</summary>
    public static int Size(this ElementType type) => type switch
    {
        ElementType.Float32 => 4,
        ElementType.Float16 or ElementType.BFloat16 => 2,
        ElementType.Int64 => 8,
        ElementType.UInt8 => 1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "Unknown element type."),
    };
}
