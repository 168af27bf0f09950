using TransferKit.Engines.Onnx.Proto;
using TransferKit.Graphs;

namespace TransferKit.Engines.Onnx.Import;

/// <summary>The sliding window of an ONNX convolution or pooling.</summary>
/// <param name="Extent">The height and width of the window.</param>
/// <param name="Stride">The step of the window.</param>
/// <param name="Pads">The pixels added above, at the left, below and at the right.</param>
/// <param name="CeilMode">Whether the output size is rounded up.</param>
internal sealed record OnnxWindow(Size2D Extent, int Stride, (int Top, int Left, int Bottom, int Right) Pads, bool CeilMode)
{
    /// <summary>Returns the window of a node.</summary>
    /// <param name="node">The node.</param>
    /// <param name="map">The shape of its input.</param>
    /// <param name="extent">The height and width of the window.</param>
    public static OnnxWindow Of(NodeProto node, Shape map, Size2D extent)
    {
        if (map.IsVector)
            throw new OnnxNotSupportedException(node, $"a vector of {map} instead of a feature map");
        int stride = Square(node, "strides", 1);
        int[] pads = node.Text("auto_pad", "NOTSET") switch
        {
            "NOTSET" or "" => node.Ints("pads") ?? [0, 0, 0, 0],
            "VALID" => [0, 0, 0, 0],
            "SAME_UPPER" => SamePads(map, extent, stride, upper: true),
            "SAME_LOWER" => SamePads(map, extent, stride, upper: false),
            var other => throw new OnnxNotSupportedException(node, $"auto_pad '{other}'"),
        };
        if (pads is not [var top, var left, var bottom, var right] || pads.Any(pad => pad is < 0 or > ushort.MaxValue))
            throw new OnnxNotSupportedException(node, $"the pads {string.Join(", ", pads)}");
        return new(extent, stride, (top, left, bottom, right), node.Int("ceil_mode", 0) != 0);
    }

    /// <summary>Returns an attribute of two integers, which must be the same.</summary>
    public static int Square(NodeProto node, string name, int missing)
    {
        int[] values = node.Ints(name) ?? [missing, missing];
        return values is [var height, var width] && height == width && height >= 1 ? height
            : throw new OnnxNotSupportedException(node, $"{name} {string.Join(" x ", values)}");
    }

    /// <summary>
    /// Returns the padding of the same height above and below and of the same width at both sides with which the windows are the same:
    /// the last windows may not reach all the pixels added below and at the right. Null if there is none.
    /// </summary>
    public Size2D? SymmetricPadding(Shape map, bool ceilMode = false)
    {
        bool isSame = IsSame(map.Height, Extent.Height, Pads.Top, Pads.Bottom, ceilMode)
            && IsSame(map.Width, Extent.Width, Pads.Left, Pads.Right, ceilMode);
        return isSame ? new Size2D(Pads.Top, Pads.Left) : null;
    }

    // As many windows, of which the first starts at the same place, see the same pixels.
    private bool IsSame(int size, int extent, int before, int after, bool ceilMode)
    {
        return Windows(after, CeilMode) == Windows(before, ceilMode);

        int Windows(int end, bool roundUp)
        {
            int slack = size + before + end - extent;
            int count = slack < 0 ? 0 : (slack + (roundUp ? Stride - 1 : 0)) / Stride + 1;
            // Rounded up, a last window that would start after the pixels is left out.
            return roundUp && (count - 1) * Stride >= size + before ? count - 1 : count;
        }
    }

    private static int[] SamePads(Shape map, Size2D extent, int stride, bool upper)
    {
        int vertical = SamePadding(map.Height, extent.Height, stride), horizontal = SamePadding(map.Width, extent.Width, stride);
        int top = (vertical + (upper ? 0 : 1)) / 2, left = (horizontal + (upper ? 0 : 1)) / 2;
        return [top, left, vertical - top, horizontal - left];
    }

    private static int SamePadding(int size, int extent, int stride) =>
        Math.Max(0, ((size + stride - 1) / stride - 1) * stride + extent - size);
}
