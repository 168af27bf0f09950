using TransferKit.Engines.Onnx.Proto;
using TransferKit.Images;
using static TransferKit.Engines.Onnx.OnnxProto;

namespace TransferKit.Engines.Onnx;

/// <summary>Writes the normalization of images, so that an exported model takes levels from 0 to 255.</summary>
internal static class OnnxNormalization
{
    /// <summary>Writes the normalization.</summary>
    /// <param name="preprocessing">The mean, the standard deviation and the order of channels.</param>
    /// <param name="levels">The name of the images, batch x 3 x height x width, in the order red, green, blue.</param>
    /// <param name="nodes">Receives the nodes.</param>
    /// <param name="initializers">Receives the constants.</param>
    /// <returns>The name of the normalized images.</returns>
    public static string Write(Preprocessing preprocessing, string levels, List<NodeProto> nodes, List<TensorProto> initializers)
    {
        int[] dimensions = [1, 3, 1, 1];
        float[] scale = [preprocessing.Scale(0), preprocessing.Scale(1), preprocessing.Scale(2)];
        float[] shift = [preprocessing.Shift(0), preprocessing.Shift(1), preprocessing.Shift(2)];
        initializers.Add(Tensor("normalize.scale", dimensions, scale));
        initializers.Add(Tensor("normalize.shift", dimensions, shift));
        if (preprocessing.ChannelOrder == ChannelOrder.Bgr)
        {
            initializers.Add(Integers("normalize.order", 2, 1, 0));
            nodes.Add(Node("Gather", "normalize/gather", [levels, "normalize.order"], "normalize/bgr", Int("axis", 1)));
            levels = "normalize/bgr";
        }
        nodes.Add(Node("Mul", "normalize/mul", [levels, "normalize.scale"], "normalize/scaled"));
        nodes.Add(Node("Add", "normalize/add", ["normalize/scaled", "normalize.shift"], "normalize/shifted"));
        return "normalize/shifted";
    }
}
