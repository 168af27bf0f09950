using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Adds stochastic depth, also known as drop path, to any residual network (Huang et al. 2016, arXiv:1603.09382).</summary>
public static class DropPath
{
    /// <summary>
    /// Returns the network with stochastic depth on the branch of every residual block. In training, the branch of the l-th of L blocks is
    /// dropped with probability l / L * <paramref name="rate"/>. It replaces the stochastic depth that the network already has;
    /// evaluation does not change.
    /// </summary>
    /// <remarks>
    /// Every addition of feature maps or tokens ends a residual block; the attention and the perceptron of a transformer are two. Of the
    /// two values that are added, the branch is the one computed by more layers in a row, or else the first.
    /// </remarks>
    /// <param name="graph">The network.</param>
    /// <param name="rate">The probability for the last block, from 0 to below 1.</param>
    /// <exception cref="ArgumentException">The network has no residual block, or the rate is out of range.</exception>
    public static Graph WithDropPath(this Graph graph, double rate)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (!(rate >= 0 && rate < 1))
            throw new ArgumentException($"A drop path rate of {rate} is invalid: it must be from 0 to below 1.", nameof(rate));
        int blocks = graph.Nodes.Count(IsResidual);
        if (blocks == 0)
            throw new ArgumentException("Drop path needs residual blocks, and the network has none.", nameof(graph));
        int block = 0;
        var depths = new Dictionary<Node, int>();
        return graph.Rewrite((node, inputs) =>
        {
            depths[node] = node.Inputs.Select(input => depths[input] + 1).DefaultIfEmpty().Max();
            if (node.Operator is StochasticDepth)
                return inputs[0];
            if (!IsResidual(node))
                return node.With(inputs);
            int branch = depths[node.Inputs[1]] > depths[node.Inputs[0]] ? 1 : 0;
            var drop = new Node($"{node.Name}.drop_path", new StochasticDepth(rate * ++block / blocks), [inputs[branch]]);
            return node.With(branch == 0 ? [drop, inputs[1]] : [inputs[0], drop]);
        });
    }

    // Vectors are added where the outputs of two classifiers are averaged.
    private static bool IsResidual(Node node) => node.Operator is Add && !node.Shape.IsVector;
}
