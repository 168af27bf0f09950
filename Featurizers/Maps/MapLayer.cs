using TransferKit.Engines;
using TransferKit.Graphs;

namespace TransferKit.Maps;

/// <summary>The layer that a class-activation map is computed from: a feature map, or tokens laid out as the picture.</summary>
/// <param name="Node">The node.</param>
/// <param name="Grid">The places of its tokens; null for a feature map.</param>
internal sealed record MapLayer(Node Node, TokenGrid? Grid)
{
    /// <summary>The shape of the map, channels x height x width.</summary>
    public Shape Shape => Grid is null ? Node.Shape : new(Node.Shape.Channels, Grid.Rows, Grid.Columns);

    /// <summary>Returns a node as a layer.</summary>
    /// <exception cref="ArgumentException">Its tokens have no places in the picture.</exception>
    public static MapLayer Of(Node node) => new(node, node.Shape.Tokens > 0 ? TokenGrid.Of(node) : null);

    /// <summary>Finds the layer that the options name, or the one that suits the network and the method best.</summary>
    /// <param name="graph">The graph, which ends with class scores.</param>
    /// <param name="options">The options.</param>
    /// <exception cref="ArgumentException">There is no such layer, or a map cannot be computed from it.</exception>
    public static MapLayer Find(Graph graph, MapOptions options)
    {
        var best = Best(graph, options.Method);
        var node = options.Layer is null ? best : graph.Find(options.Layer);
        if (node.Shape.IsVector)
        {
            throw new ArgumentException($"The value of '{node.Name}' is a vector of {node.Shape}, which has no height and width; " +
                $"choose '{best.Name}' or a node before it.");
        }
        if (options.NeedsGradients && IsAfter(graph, node, best) && ReadsLeadingTokens(graph))
        {
            throw new ArgumentException($"The scores do not depend on the patches of '{node.Name}', because only the class token is read " +
                $"after it; choose '{best.Name}' or a node before it.");
        }
        return Of(node);
    }

    /// <summary>Turns the values of the layer into a map, channels x height x width.</summary>
    public float[] ToMap(float[] values) => Grid?.ToMap(values, Node.Shape.Channels) ?? values;

    // The last feature map that all paths go through, unless tokens follow it. Pooled maps are left out: the map before them has a higher
    // resolution.
    private static Node Best(Graph graph, MapMethod method)
    {
        var last = graph.CutPoints().Last(node => node.Shape.Tokens > 0 || (node.Shape is { IsVector: false, Height: > 1 }
            && node.Operator is not (MaxPool or AveragePool or AdaptiveAveragePool or Dropout)));
        if (last.Shape.IsMap)
            return last;
        var averaged = graph.Nodes.LastOrDefault(node => node.Operator is MeanOfTokens)?.Inputs[0];
        return (method == MapMethod.Cam ? averaged : null) ?? LastAttentionNorm(graph) ?? last;
    }

    // The normalization on the last block's branch of attention, which pytorch-grad-cam recommends for transformers.
    private static Node? LastAttentionNorm(Graph graph)
    {
        // The last sum is that of the perceptron's branch, the one before it that of the attention's.
        var sum = graph.Nodes.Where(node => node.Operator is Add && node.Shape.Tokens > 0).SkipLast(1).LastOrDefault();
        return graph.Nodes.TakeWhile(node => node != sum).LastOrDefault(node => sum is not null && node.Operator is LayerNorm);
    }

    private static bool IsAfter(Graph graph, Node node, Node other) => graph.Nodes.SkipWhile(n => n != other).Skip(1).Contains(node);

    private static bool ReadsLeadingTokens(Graph graph) =>
        graph.Nodes.Any(node => node.Operator is TakeToken) && !graph.Nodes.Any(node => node.Operator is MeanOfTokens);
}
