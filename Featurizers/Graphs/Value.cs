namespace TransferKit.Graphs;

/// <summary>What a node gives, as the thing further operators are applied to while a graph is built.</summary>
public readonly record struct Value(GraphBuilder Graph, Node Node)
{
    /// <summary>The shape, without the batch.</summary>
    public Shape Shape => Node.Shape;

    /// <summary>The number of channels.</summary>
    public int Channels => Node.Shape.Channels;

    /// <summary>Convolution; the padding keeps the size at stride 1 unless given.</summary>
    public Value Conv(string name, int channels, int kernel, int stride = 1, int? padding = null, int groups = 1, bool bias = false,
        ConvFill fill = ConvFill.KaimingFanOut) =>
        Graph.Append(name, new Conv(channels, kernel, stride, padding ?? (kernel - 1) / 2, groups, bias, fill), Node);

    /// <summary>Batch normalisation.</summary>
    public Value BatchNorm(string name, double epsilon = 1e-5, double momentum = 0.1) =>
        Graph.Append(name, new BatchNorm(epsilon, momentum), Node);

    /// <summary>Rectified linear unit.</summary>
    public Value Relu(string? name = null) => Graph.Append(name, new Relu(), Node);

    /// <summary>Rectified linear unit clipped at 6.</summary>
    public Value Relu6(string? name = null) => Graph.Append(name, new Relu6(), Node);

    /// <summary>Maximum over a sliding window.</summary>
    public Value MaxPool(int kernel, int stride, int padding = 0, string? name = null) =>
        Graph.Append(name, new MaxPool(kernel, stride, padding), Node);

    /// <summary>Average over a sliding window.</summary>
    public Value AveragePool(int kernel, int stride, string? name = null) => Graph.Append(name, new AveragePool(kernel, stride), Node);

    /// <summary>Average to a map of <paramref name="size"/> x <paramref name="size"/>.</summary>
    public Value AdaptiveAverage(int size, string? name = null) => Graph.Append(name, new AdaptiveAveragePool(size), Node);

    /// <summary>Average over height and width.</summary>
    public Value GlobalAverage(string? name = null) => Graph.Append(name, new GlobalAverage(), Node);

    /// <summary>The map as a vector.</summary>
    public Value Flatten(string? name = null) => Graph.Append(name, new Flatten(), Node);

    /// <summary>Fully connected layer; fresh weights are normal with this deviation, or PyTorch's default.</summary>
    public Value Linear(string name, int width, double? deviation = null) => Graph.Append(name, new Linear(width, deviation), Node);

    /// <summary>Dropout while training.</summary>
    public Value Dropout(double probability, string? name = null) => Graph.Append(name, new Dropout(probability), Node);

    /// <summary>This map and others, one after the other along the channels.</summary>
    public Value Concat(params Value[] others) => Graph.Append(null, new Concat(), [Node, .. others.Select(o => o.Node)]);

    /// <summary>Gives the node a further name, outside any scope.</summary>
    public Value As(string alias)
    {
        Graph.Alias(alias, Node);
        return this;
    }

    /// <summary>Element-wise sum.</summary>
    public Value Add(Value other, string? name = null) => Graph.Append(name, new Add(), Node, other.Node);

    /// <summary>Element-wise sum.</summary>
    public static Value operator +(Value left, Value right) => left.Add(right);
}
