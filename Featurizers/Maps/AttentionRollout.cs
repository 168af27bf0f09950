using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Graphs;

namespace TransferKit.Maps;

/// <summary>
/// Computes attention rollout: how much of each patch reaches the class token through the attention of all blocks (Abnar and Zuidema 2020,
/// arXiv:2005.00928).
/// </summary>
internal sealed class AttentionRollout : IDisposable
{
    private readonly OnnxInference _attention;
    private readonly int _classToken;

    /// <summary>Loads the part of a network that computes the weights of attention.</summary>
    /// <param name="network">A network from images to class scores.</param>
    /// <exception cref="ArgumentException">It has no attention of all tokens to all tokens, or no class token.</exception>
    public AttentionRollout(Network network)
    {
        var graph = network.Graph;
        Node[] blocks = [.. graph.Nodes.Where(node => node.Operator is Attention)];
        if (blocks.Length == 0)
            throw Unsupported("attention of all tokens to all tokens", graph);
        Layer = MapLayer.Of(blocks[^1]);
        var taken = graph.Nodes.FirstOrDefault(node => node.Operator is TakeToken)?.Operator as TakeToken;
        if (taken is null || taken.Index >= Layer.Grid!.Leading)
            throw Unsupported("a class token", graph);
        _classToken = taken.Index;
        _attention = new OnnxInference(network with { Graph = Weights(graph, blocks) });
    }

    /// <summary>The last attention.</summary>
    public MapLayer Layer { get; }

    /// <summary>Computes the map of one image, rows x columns of patches.</summary>
    /// <param name="image">The preprocessed image, channels x height x width.</param>
    public float[] Map(float[] image)
    {
        int tokens = _attention.Output.Height, area = tokens * tokens;
        float[] weights = new float[_attention.Output.Count];
        _attention.Run(image, 1, weights);
        float[] shares = new float[tokens];
        shares[_classToken] = 1;
        // The row of the class token in the product of the blocks' matrices, multiplied from the last block to the first.
        for (int start = weights.Length - area; start >= 0; start -= area)
            shares = BeforeBlock(shares, weights.AsSpan(start, area));
        return Layer.Grid!.ToMap(shares, channels: 1);
    }

    /// <inheritdoc/>
    public void Dispose() => _attention.Dispose();

    // Half of a token comes through the attention, half past it: (weights + identity) / 2. Rows have the sum 1, as those of the weights do.
    private static float[] BeforeBlock(float[] shares, ReadOnlySpan<float> weights)
    {
        float[] before = [.. shares.Select(share => share / 2)];
        for (int reader = 0; reader < shares.Length; reader++)
        {
            var row = weights.Slice(reader * shares.Length, shares.Length);
            for (int token = 0; token < row.Length; token++)
                before[token] += shares[reader] / 2 * row[token];
        }
        return before;
    }

    // A graph whose output is the weights of all blocks, blocks x tokens x tokens.
    private static Graph Weights(Graph graph, Node[] blocks)
    {
        Node[] weights =
        [
            .. blocks.Select(block => new Node($"{block.Name}@weights", new AttentionWeights((Attention)block.Operator), block.Inputs)),
        ];
        var output = new Node("attention_weights", new Concat(), weights);
        return new Graph([.. graph.Nodes, .. weights, output], output, new Dictionary<string, Node>()).UntilOutput();
    }

    private static ArgumentException Unsupported(string needed, Graph graph)
    {
        var layer = MapLayer.Find(graph, new MapOptions()).Node;
        return new($"Attention rollout needs a network with {needed}, such as vit_b_16; this network has none. " +
            $"Use Grad-CAM, which supports every network, here by the layer '{layer.Name}' of {layer.Shape}.");
    }
}
