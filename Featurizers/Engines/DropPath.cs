using TransferKit.Graphs;

namespace TransferKit.Engines;

/// <summary>Stochastic depth for any network with residual blocks (Huang et al. 2016, arXiv:1603.09382), also known as drop path.</summary>
public static class DropPath
{
    /// <summary>
    /// The network with stochastic depth on the branch of every residual block: the l-th of L blocks drops it with probability
    /// l / L * <paramref name="rate"/> while training. What stochastic depth the network had is replaced; other modes are unchanged.
    /// </summary>
    /// <param name="graph">A network whose every addition is of a branch, its first operand, and a shortcut.</param>
    /// <param name="rate">Probability for the last block, from 0 to below 1.</param>
    /// <exception cref="ArgumentException">The network has no residual block, or the rate is out of range.</exception>
    public static Graph WithDropPath(this Graph graph, double rate)
    {
        ArgumentNullException.ThrowIfNull(graph);
        if (!(rate >= 0 && rate < 1))
            throw new ArgumentException($"A drop path rate of {rate} is impossible: it must be from 0 to below 1.", nameof(rate));
        int blocks = graph.Nodes.Count(n => n.Operator is Add), block = 0;
        if (blocks == 0)
            throw new ArgumentException("Drop path needs residual blocks, and the network has none.", nameof(graph));
        return graph.Rewrite((node, inputs) => node.Operator switch
        {
            StochasticDepth => inputs[0],
            Add => node.With([new Node($"{node.Name}.drop_path", new StochasticDepth(rate * ++block / blocks), [inputs[0]]), inputs[1]]),
            _ => node.With(inputs),
        });
    }
}
