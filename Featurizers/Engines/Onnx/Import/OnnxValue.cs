using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>A value of an ONNX model while it is read: a constant, or the value of a node of the graph.</summary>
internal sealed class OnnxValue
{
    /// <summary>Batch, channels, height, width: the order of axes of a graph's feature maps.</summary>
    public static readonly int[] ChannelsFirst = [0, 1, 2, 3];

    /// <summary>Batch, height, width, channels: the order of axes of TensorFlow's feature maps.</summary>
    public static readonly int[] ChannelsLast = [0, 2, 3, 1];

    private static readonly int[] Vector = [0, 1];

    private readonly Value? _value;

    /// <summary>Creates a constant.</summary>
    public OnnxValue(OnnxTensor constant) => Constant = constant;

    /// <summary>Creates the value of a node.</summary>
    /// <param name="value">The value.</param>
    /// <param name="axes">
    /// For each axis of the ONNX value the axis of the graph's: 0 is the batch, 1 the channels, 2 the height, 3 the width. Null for the
    /// graph's own order. So a transposition costs nothing.
    /// </param>
    public OnnxValue(Value value, int[]? axes = null)
    {
        _value = value;
        Axes = value.Shape.IsVector ? Vector : axes ?? ChannelsFirst;
    }

    /// <summary>The constant; null for the value of a node.</summary>
    public OnnxTensor? Constant { get; }

    /// <summary>The order of the axes.</summary>
    public int[] Axes { get; } = [];

    /// <summary>The value of a node.</summary>
    public Value Value => _value ?? throw new OnnxNotSupportedException("a constant where a computed value is needed");

    /// <summary>A sigmoid that its only reader, a multiplication by this value, makes part of an activation function.</summary>
    public Activation? PendingGate { get; init; }

    /// <summary>The only reader of the value, which is part of it already.</summary>
    public NodeProto? AppliedNode { get; init; }

    /// <summary>The shape of the ONNX value for a batch of one image.</summary>
    public int[] Dimensions => Constant?.Dimensions ?? [.. Axes.Select(axis => Size(Value.Shape, axis))];

    /// <summary>Whether the axes have the order of the graph's values.</summary>
    public bool IsChannelsFirst => Axes.SequenceEqual(ChannelsFirst);

    /// <summary>Returns what an axis of the ONNX value is, counted from the end if negative: 0 is the batch, 1 the channels.</summary>
    public int AxisOf(int onnxAxis)
    {
        int index = onnxAxis < 0 ? onnxAxis + Axes.Length : onnxAxis;
        return index >= 0 && index < Axes.Length ? Axes[index]
            : throw new OnnxNotSupportedException($"the axis {onnxAxis} of a value of {Axes.Length} dimensions");
    }

    private static int Size(Shape shape, int axis) => axis switch
    {
        0 => 1,
        1 => shape.Channels,
        2 => shape.Height,
        _ => shape.Width,
    };
}
