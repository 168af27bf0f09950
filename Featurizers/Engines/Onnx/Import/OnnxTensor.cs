using System.Runtime.InteropServices;
using TransferKit.Engines.Onnx.Proto;
using static TransferKit.Engines.Onnx.Proto.TensorProto.Types;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>A constant of an ONNX model: a stored tensor, or one that was computed from others while the model is read.</summary>
internal sealed class OnnxTensor
{
    private readonly Func<double[]> _read;
    private readonly Func<float[]>? _readFloats;
    private double[]? _values;

    /// <summary>Creates a tensor from a stored one, which has passed the check. Its elements are converted when they are needed.</summary>
    /// <param name="tensor">The stored tensor.</param>
    /// <param name="externalData">Its elements if they are not stored in the model.</param>
    /// <exception cref="OnnxNotSupportedException">Its type is not one of <see cref="BytesPerElement"/>.</exception>
    public OnnxTensor(TensorProto tensor, ReadOnlyMemory<byte>? externalData)
    {
        Dimensions = [.. tensor.Dims.Select(size => (int)size)];
        var type = (DataType)tensor.DataType;
        if (BytesPerElement(type) == 0)
            throw new OnnxNotSupportedException($"the tensor '{tensor.Name}' of type {type}");
        IsFloatingPoint = type is DataType.Float or DataType.Float16 or DataType.Bfloat16 or DataType.Double;
        var raw = externalData ?? (tensor.HasRawData ? tensor.RawData.Memory : default(ReadOnlyMemory<byte>?));
        _read = () => raw is { } bytes ? FromBytes(type, bytes.Span) : FromFields(type, tensor);
        if (type == DataType.Float)
            _readFloats = () => raw is { } bytes ? MemoryMarshal.Cast<byte, float>(bytes.Span).ToArray() : [.. tensor.FloatData];
    }

    /// <summary>Creates a tensor from computed elements.</summary>
    public OnnxTensor(int[] dimensions, double[] values, bool isFloatingPoint)
    {
        (Dimensions, IsFloatingPoint, _read) = (dimensions, isFloatingPoint, () => values);
    }

    private OnnxTensor(int[] dimensions, OnnxTensor source)
    {
        (Dimensions, IsFloatingPoint, _read, _readFloats) = (dimensions, source.IsFloatingPoint, source._read, source._readFloats);
    }

    /// <summary>The shape; empty for a scalar.</summary>
    public int[] Dimensions { get; }

    /// <summary>Whether the elements are floating-point numbers, not integers or truth values.</summary>
    public bool IsFloatingPoint { get; }

    /// <summary>The number of elements.</summary>
    public int Count => Dimensions.Aggregate(1, (product, size) => product * size);

    /// <summary>The elements in row-major order.</summary>
    public double[] Values => _values ??= _read();

    /// <summary>Returns the elements in single precision.</summary>
    public float[] Floats() => _readFloats?.Invoke() ?? [.. Values.Select(value => (float)value)];

    /// <summary>Returns the only element.</summary>
    /// <exception cref="OnnxNotSupportedException">There are none or several.</exception>
    public float Number() => Count == 1 ? Floats()[0]
        : throw new OnnxNotSupportedException($"a constant of {Count} values where one number is needed");

    /// <summary>Returns the elements as integers.</summary>
    public int[] Integers() => [.. Values.Select(value => (int)Math.Clamp(value, int.MinValue, int.MaxValue))];

    /// <summary>Returns the same elements in another shape.</summary>
    public OnnxTensor Reshape(params int[] dimensions) => new(dimensions, this);

    /// <summary>Returns the elements of a matrix of rows and columns in the order of its transpose.</summary>
    public static T[] Transposed<T>(T[] values, int rows, int columns)
    {
        var transposed = new T[values.Length];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                transposed[j * rows + i] = values[i * columns + j];
        return transposed;
    }

    /// <summary>Returns the size of an element in bytes, or 0 for a type that is not read.</summary>
    public static int BytesPerElement(DataType type) => type switch
    {
        DataType.Double or DataType.Int64 or DataType.Uint64 => 8,
        DataType.Float or DataType.Int32 or DataType.Uint32 => 4,
        DataType.Float16 or DataType.Bfloat16 or DataType.Int16 or DataType.Uint16 => 2,
        DataType.Int8 or DataType.Uint8 or DataType.Bool => 1,
        _ => 0,
    };

    private static double[] FromBytes(DataType type, ReadOnlySpan<byte> bytes) => type switch
    {
        DataType.Float => Convert<float>(bytes, value => value),
        DataType.Double => Convert<double>(bytes, value => value),
        DataType.Float16 => Convert<Half>(bytes, value => (double)value),
        DataType.Bfloat16 => Convert<ushort>(bytes, value => BitConverter.UInt32BitsToSingle((uint)value << 16)),
        DataType.Int64 => Convert<long>(bytes, value => value),
        DataType.Uint64 => Convert<ulong>(bytes, value => value),
        DataType.Int32 => Convert<int>(bytes, value => value),
        DataType.Uint32 => Convert<uint>(bytes, value => value),
        DataType.Int16 => Convert<short>(bytes, value => value),
        DataType.Uint16 => Convert<ushort>(bytes, value => value),
        DataType.Int8 => Convert<sbyte>(bytes, value => value),
        DataType.Uint8 or DataType.Bool => Convert<byte>(bytes, value => value),
        _ => throw new InvalidOperationException($"Unknown element type {type}."),
    };

    // The fields that the specification assigns to each type.
    private static double[] FromFields(DataType type, TensorProto tensor) => type switch
    {
        DataType.Float => [.. tensor.FloatData],
        DataType.Double => [.. tensor.DoubleData],
        DataType.Int64 => [.. tensor.Int64Data],
        DataType.Uint32 or DataType.Uint64 => [.. tensor.Uint64Data],
        DataType.Float16 => [.. tensor.Int32Data.Select(bits => (double)BitConverter.UInt16BitsToHalf((ushort)bits))],
        DataType.Bfloat16 => [.. tensor.Int32Data.Select(bits => BitConverter.UInt32BitsToSingle((uint)bits << 16))],
        _ => [.. tensor.Int32Data],
    };

    private static double[] Convert<T>(ReadOnlySpan<byte> bytes, Func<T, double> convert) where T : unmanaged
    {
        var elements = MemoryMarshal.Cast<byte, T>(bytes);
        double[] values = new double[elements.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = convert(elements[i]);
        return values;
    }
}
