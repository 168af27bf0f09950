using System.Runtime.InteropServices;

namespace TransferKit.Weights;

/// <summary>A tensor as it lies in a file: element type, shape, and little-endian bytes in row-major order.</summary>
public sealed class TensorData
{
    /// <summary>Wraps bytes without copying them.</summary>
    /// <exception cref="ArgumentException">The bytes are not as many as type and shape ask for.</exception>
    public TensorData(ElementType type, IReadOnlyList<int> dimensions, ReadOnlyMemory<byte> bytes)
    {
        ArgumentNullException.ThrowIfNull(dimensions);
        (Type, Dimensions, Bytes) = (type, dimensions, bytes);
        if (dimensions.Any(d => d < 0))
            throw new ArgumentException($"The shape {Describe(dimensions)} has a negative dimension.");
        Count = dimensions.Aggregate(1, (product, d) => checked(product * d));
        if ((long)Count * type.Size() != bytes.Length)
            throw new ArgumentException($"A {type} tensor of shape {Describe(dimensions)} takes {(long)Count * type.Size()} bytes, not {bytes.Length}.");
    }

    /// <summary>The element type.</summary>
    public ElementType Type { get; }

    /// <summary>The shape; empty for a scalar.</summary>
    public IReadOnlyList<int> Dimensions { get; }

    /// <summary>The elements; shared with the file's mapping or with other tensors.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The number of elements.</summary>
    public int Count { get; }

    /// <summary>A new single-precision tensor.</summary>
    public static TensorData From(ReadOnlySpan<float> values, params IReadOnlyList<int> dimensions) =>
        new(ElementType.Float32, dimensions, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>A single-precision tensor of NaN: what published files have where nothing was trained.</summary>
    internal static TensorData Untrained(IReadOnlyList<int> dimensions)
    {
        float[] values = new float[dimensions.Aggregate(1, (product, d) => checked(product * d))];
        Array.Fill(values, float.NaN);
        return From(values, dimensions);
    }

    /// <summary>The same in half precision.</summary>
    public TensorData ToHalf()
    {
        var values = Floats();
        var halves = new Half[values.Length];
        for (int i = 0; i < halves.Length; i++)
            halves[i] = (Half)values[i];
        return new(ElementType.Float16, Dimensions, MemoryMarshal.AsBytes(halves.AsSpan()).ToArray());
    }

    /// <summary>The elements as single precision: a view where they are, a converted copy where they are not.</summary>
    public ReadOnlySpan<float> Floats() => Type switch
    {
        ElementType.Float32 => MemoryMarshal.Cast<byte, float>(Bytes.Span),
        ElementType.Float16 => Convert<Half>(h => (float)h),
        ElementType.BFloat16 => Convert<ushort>(b => BitConverter.UInt32BitsToSingle((uint)b << 16)),
        ElementType.Int64 => Convert<long>(l => l),
        _ => throw new InvalidOperationException($"Unknown element type {Type}."),
    };

    /// <summary>The same with bytes of its own, which outlive a file's mapping.</summary>
    internal TensorData Copy() => new(Type, Dimensions, Bytes.ToArray());

    /// <summary>The shape as it is written in messages: <c>64x3x7x7</c>, or <c>scalar</c>.</summary>
    public static string Describe(IReadOnlyList<int> dimensions) => dimensions.Count == 0 ? "scalar" : string.Join("x", dimensions);

    private float[] Convert<T>(Func<T, float> convert) where T : unmanaged
    {
        var from = MemoryMarshal.Cast<byte, T>(Bytes.Span);
        float[] to = new float[from.Length];
        for (int i = 0; i < to.Length; i++)
            to[i] = convert(from[i]);
        return to;
    }
}
