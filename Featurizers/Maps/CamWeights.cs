using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Maps;

/// <summary>Finds the weights of CAM: those of the linear layer on the global average of a feature map, or on the mean of tokens.</summary>
internal static class CamWeights
{
    /// <summary>Returns the channel weights of each class.</summary>
    /// <param name="network">The network, whose output must be a linear layer on the averaged channels, possibly of unit length.</param>
    /// <param name="layer">The feature map or the tokens.</param>
    /// <exception cref="ArgumentException">The network does not end with a global average of the layer and one linear layer.</exception>
    public static float[][] Of(Network network, MapLayer layer)
    {
        var output = network.Graph.Output;
        if (output.Operator is not Linear)
            throw Unsupported(layer.Node);
        var pooling = output.Inputs[0];
        while (pooling.Operator is Flatten or Dropout or UnitLength)
            pooling = pooling.Inputs[0];
        bool isAverage = pooling.Operator is GlobalAverage or AdaptiveAveragePool { Size: 1 }
            || (pooling.Operator is MeanOfTokens mean && mean.First == layer.Grid?.Leading);
        if (!isAverage || pooling.Inputs[0] != layer.Node)
            throw Unsupported(layer.Node);
        float[] weights = network.Weights[$"{output.Name}.weight"].Floats().ToArray();
        return [.. weights.Chunk(weights.Length / output.Shape.Count)];
    }

    private static ArgumentException Unsupported(Node layer) => new(
        $"CAM needs a network that ends with a global average of '{layer.Name}' and one linear layer; this network does not. " +
        "Use Grad-CAM, which supports every network and gives the same map where both can be computed.");
}
