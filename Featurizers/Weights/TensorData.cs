using System.Runtime.InteropServices;

namespace TransferKit.Weights;

/// <summary>A tensor as it is stored in a file: element type, shape, and little-endian bytes in row-major order.</summary>
public sealed class TensorData
{
    /// <summary>Creates a tensor that uses the bytes without copying them.</summary>
    /// <param name="type">The element type.</param>
    /// <param name="dimensions">The shape; empty for a scalar.</param>
    /// <param name="bytes">The elements.</param>
    /// <exception cref="ArgumentException">The number of bytes does not match type and shape.</exception>
    public TensorData(ElementType type, IReadOnlyList<int> dimensions, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        (Type, Dimensions, Bytes) = (type, dimensions, bytes);
        if (dimensions.Any(d => d < 0))
            throw new ArgumentException($"The shape {Describe(dimensions)} has a negative dimension.");
        Count = dimensions.Aggregate(1, (product, d) => checked(product * d));
        if ((long)Count * type.Size() != bytes.Length)
            throw new ArgumentException(
                $"A {type} tensor of shape {Describe(dimensions)} takes {(long)Count * type.Size()} bytes, not {bytes.Length}.");
    }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>The shape; empty for a scalar.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The elements. The memory may be shared with the file's mapping or with other tensors.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>Creates a single-precision tensor from a copy of the values.</summary>
    /// <param name="values">The elements in row-major order.</param>
    /// <param name="dimensions">The shape.</param>
    public static TensorData From(ReadOnlySpan<float> values, params IReadOnlyList<int> dimensions) =>
        new(ElementType.Float32, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>Creates a tensor of NaN, which published files have in place of layers that were not trained.</summary>
    internal static TensorData Untrained(IReadOnlyList<int> dimensions)
    {
        float[] values = new float[dimensions.Aggregate(1, (product, d) => checked(product * d))];
        Array.Fill(values, float.NaN);
        return From(values, dimensions);
    }

    /// <summary>Converts the elements to half precision.</summary>
    public TensorData ToHalf()
    {
        var values = Floats();
        var halves = new Half[values.Length];
        for (int i = 0; i < halves.Length; i++)
            halves[i] = (Half)values[i];
        return new(ElementType.Float16, Dimensions, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray());
    }

    /// <summary>Returns the elements in single precision: a view if they are stored so, otherwise a converted copy.</summary>
    public ReadOnlySpan<float> Floats() => Type switch
    {
        ElementType.Float32 => MemoryMarshal.Cast<byte, float>(Bytes.Span),
        ElementType.Float16 => Convert<Half>(h => (float)h),
        ElementType.BFloat16 => Convert<ushort>(b => BitConverter.UInt32BitsToSingle((uint)b << 16)),
        ElementType.Int64 => Convert<long>(l => l),
        ElementType.UInt8 => Convert<byte>(b => b),
        _ => throw new InvalidOperationException($"Unknown element type {Type}."),
    };

    /// <summary>Copies the tensor, so that it outlives a file's mapping.</summary>
    internal TensorData Copy() => new(Type, Dimensions, Bytes.ToArray());

    /// <summary>Formats a shape for messages: <c>64x3x7x7</c>, or <c>scalar</c>.</summary>
    /// <param name="dimensions">The shape.</param>
    public static string Describe(IReadOnlyList<int> dimensions) => dimensions.Count == 0 ? "scalar" : string.Join("x", dimensions);

    private float[] Convert<T>(Func<T, float> convert) where T : unmanaged
    {
        var elements = MemoryMarshal.Cast<byte, T>(Bytes.Span);
        float[] values = new float[elements.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = convert(elements[i]);
        return values;
    }
}
