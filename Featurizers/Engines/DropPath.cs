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
    /// <param name="graph">A network in which every addition has the branch as its first input and the shortcut as its second.</param>
    /// <param name="rate">The probability for the last block, from 0 to below 1.</param>
    /// <exception cref="ArgumentException">The network has no residual block, or the rate is out of range.</exception>
    public static Graph WithDropPath(this Graph graph, double rate)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (!(rate >= 0 && rate < 1))
            throw new ArgumentException($"A drop path rate of {rate} is invalid: it must be from 0 to below 1.", nameof(rate));
        int blocks = graph.Nodes.Count(node => node.Operator is Add);
        if (blocks == 0)
            throw new ArgumentException("Drop path needs residual blocks, and the network has none.", nameof(graph));
        int block = 0;
        return graph.Rewrite((node, inputs) =>
        {
            switch (node.Operator)
            {
                case StochasticDepth:
                    return inputs[0];
                case Add:
                    block++;
                    var drop = new Node($"{node.Name}.drop_path", new StochasticDepth(rate * block / blocks), [inputs[0]]);
                    return node.With([drop, inputs[1]]);
                default:
                    return node.With(inputs);
            }
        });
    }
}
