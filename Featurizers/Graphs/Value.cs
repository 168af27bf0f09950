namespace TransferKit.Graphs;

/// <summary>What a node gives, as the thing further operators are applied to while a graph is built.</summary>
public readonly record struct Value(GraphBuilder Graph, Node Node)
{
    /// <summary>The shape, without the batch.</summary>
    public Shape Shape => Node.Shape;

    /// <summary>The number of channels.</summary>
    public int Channels => Node.Shape.Channels;

    /// <summary>Convolution; the padding keeps the size at stride 1 unless given. Fresh weights are He et al.'s, by the outputs.</summary>
    public Value Conv(string name, int channels, Extent kernel, int stride = 1, Extent? padding = null, int groups = 1, bool bias = false, WeightInit? init = null) =>
        Graph.Append(name, new Conv(channels, kernel, stride, padding ?? ((kernel.Height - 1) / 2, (kernel.Width - 1) / 2), groups, bias, init ?? WeightInit.KaimingFanOut), Node);

    /// <summary>Batch normalization, with PyTorch's defaults unless given.</summary>
    public Value BatchNorm(string name, BatchNorm? settings = null) => Graph.Append(name, settings ?? new BatchNorm(), Node);

    /// <summary>Rectified linear unit.</summary>
    public Value Relu(string? name = null) => Graph.Append(name, new Relu(), Node);

    /// <summary>Another activation.</summary>
    public Value Activate(Activation activation, string? name = null) => Graph.Append(name, activation, Node);

    /// <summary>Maximum over a sliding window.</summary>
    public Value MaxPool(int kernel, int stride, int padding = 0, string? name = null, bool ceiling = false) =>
        Graph.Append(name, new MaxPool(kernel, stride, padding, ceiling), Node);

    /// <summary>Average over a sliding window.</summary>
    public Value AveragePool(int kernel, int stride, int padding = 0, string? name = null, bool countPadding = true) =>
        Graph.Append(name, new AveragePool(kernel, stride, padding, countPadding), Node);

    /// <summary>Average to a map of <paramref name="size"/> x <paramref name="size"/>.</summary>
    public Value AdaptiveAverage(int size, string? name = null) => Graph.Append(name, new AdaptiveAveragePool(size), Node);

    /// <summary>The map as large as another one, by repeating the nearest pixels.</summary>
    public Value UpsampleLike(Value other) => Graph.Append(null, new Upsample(), Node, other.Node);

    /// <summary>Average over height and width.</summary>
    public Value GlobalAverage(string? name = null) => Graph.Append(name, new GlobalAverage(), Node);

    /// <summary>The map as a vector.</summary>
    public Value Flatten(string? name = null) => Graph.Append(name, new Flatten(), Node);

    /// <summary>Fully connected layer; fresh weights are PyTorch's default unless given.</summary>
    public Value Linear(string name, int width, WeightInit? init = null, bool pointwise = false) => Graph.Append(name, new Linear(width, init ?? WeightInit.Uniform, pointwise), Node);

    /// <summary>Dropout while training.</summary>
    public Value Dropout(double probability, string? name = null) => Graph.Append(name, new Dropout(probability), Node);

    /// <summary>Stochastic depth while training; goes on the branch of a residual block.</summary>
    public Value StochasticDepth(double probability, string? name = null) => Graph.Append(name, new StochasticDepth(probability), Node);

    /// <summary>This map and others, one after the other along the channels.</summary>
    public Value Concat(params Value[] others) => Graph.Append(null, new Concat(), [Node, .. others.Select(o => o.Node)]);

    /// <summary>Each channel multiplied by that channel's only pixel in a map of gates.</summary>
    public Value Rescale(Value gates) => Graph.Append(null, new Rescale(), Node, gates.Node);

    /// <summary>Logits as probabilities.</summary>
    public Value Softmax(string? name = null) => Graph.Append(name, new Softmax(), Node);

    /// <summary>A vector scaled to length 1.</summary>
    public Value UnitLength(string? name = null) => Graph.Append(name, new UnitLength(), Node);

    /// <summary>Some of the channels.</summary>
    public Value ChannelSlice(int start, int count) => Graph.Append(null, new ChannelSlice(start, count), Node);

    /// <summary>The channels with those of each group in turn.</summary>
    public Value ChannelShuffle(int groups) => Graph.Append(null, new ChannelShuffle(groups), Node);

    /// <summary>Gives the node a further name, outside any scope.</summary>
    public Value As(string alias)
    {
        Graph.Alias(alias, Node);
        return this;
    }

    /// <summary>Element-wise sum; in a residual block this is the branch, and the other value the shortcut.</summary>
    public Value Add(Value other, string? name = null) => Graph.Append(name, new Add(), Node, other.Node);

    /// <summary>Element-wise sum.</summary>
    public static Value operator +(Value left, Value right) => left.Add(right);
}
