using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>The input of an ONNX model for images.</summary>
/// <param name="Name">The name of the input.</param>
/// <param name="Batch">The only number of images the model takes at once; null for any.</param>
/// <param name="Shape">The shape of an image. Where the model takes any height and width, 224 x 224.</param>
/// <param name="Axes">The order of the axes; see <see cref="OnnxValue.Axes"/>.</param>
/// <param name="ElementType">The type of its elements as ONNX numbers types.</param>
internal sealed record OnnxInput(string Name, int? Batch, Shape Shape, int[] Axes, int ElementType)
{
    private const int AnySize = 224;

    /// <summary>Returns the input of a model.</summary>
    /// <exception cref="InvalidDataException">The model takes no images, or more than one input.</exception>
    public static OnnxInput Of(OnnxFile file)
    {
        if (file.Inputs is [var input])
            return Of(input, file.Name);
        string names = string.Join("', '", file.Inputs.Select(value => value.Name));
        throw new InvalidDataException(file.Inputs.Count == 0 ? $"'{file.Name}' has no input."
            : $"'{file.Name}' has {file.Inputs.Count} inputs ('{names}'): it must have one, the images.");
    }

    /// <summary>Reads the description of an input.</summary>
    /// <param name="input">The input.</param>
    /// <param name="fileName">The name of the file for messages.</param>
    /// <exception cref="InvalidDataException">It is not an input for images.</exception>
    public static OnnxInput Of(ValueInfoProto input, string fileName)
    {
        var type = input.Type?.TensorType;
        var elementType = (TensorProto.Types.DataType)(type?.ElemType ?? 0);
        if (elementType is not (TensorProto.Types.DataType.Float or TensorProto.Types.DataType.Float16))
        {
            throw new InvalidDataException(
                $"The input '{input.Name}' of '{fileName}' has the type {elementType}: it must be Float or Float16.");
        }
        long?[] sizes = [.. type!.Shape?.Dim.Select(dimension => dimension.DimValue > 0 ? dimension.DimValue : (long?)null) ?? []];
        bool channelsLast = sizes is [_, _, _, 1 or 3] && sizes[1] is not (1 or 3);
        long? channels = sizes.Length == 4 ? sizes[channelsLast ? 3 : 1] : null;
        if (channels is not (1 or 3))
        {
            throw new InvalidDataException($"The input '{input.Name}' of '{fileName}' has the shape " +
                $"{string.Join(" x ", sizes.Select(size => size?.ToString() ?? "any"))}: it must be batch x channels x height x width or " +
                "batch x height x width x channels, with 3 channels, or 1 for gray.");
        }
        long height = sizes[channelsLast ? 1 : 2] ?? AnySize, width = sizes[channelsLast ? 2 : 3] ?? AnySize;
        if (height != width || height > ushort.MaxValue)
        {
            throw new InvalidDataException(
                $"'{fileName}' takes images of {height} x {width} pixels (height x width): they must be square.");
        }
        int? batch = sizes[0] is { } fixedBatch ? (int)Math.Min(fixedBatch, int.MaxValue) : null;
        return new(input.Name, batch, new((int)channels.Value, (int)height, (int)width),
            channelsLast ? OnnxValue.ChannelsLast : OnnxValue.ChannelsFirst, (int)elementType);
    }
}
