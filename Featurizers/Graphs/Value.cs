namespace TransferKit.Graphs;

/// <summary>
/// The output of a node while a graph is built. Each method adds an operator to the graph and returns its output, so layers are written
/// one after the other. Names are those of the checkpoint; unnamed nodes are called after their operator (<c>relu</c>, <c>relu_1</c>).
/// </summary>
/// <remarks>
/// Feature maps are channels x height x width, vectors have only channels; the batch is left out. A method that is applied to values of
/// the wrong shape, or given a name twice, throws an <see cref="ArgumentException"/> that names the node.
/// </remarks>
/// <param name="Graph">The graph that is being built.</param>
/// <param name="Node">The node that computes the value.</param>
public readonly record struct Value(GraphBuilder Graph, Node Node)
{
    /// <summary>The shape of the value for one image.</summary>
    public Shape Shape => Node.Shape;

    /// <summary>The number of channels, or of elements of a vector.</summary>
    public int Channels => Node.Shape.Channels;

    /// <summary>Adds a convolution of a feature map.</summary>
    /// <param name="name">The name of the layer.</param>
    /// <param name="channels">The number of output channels.</param>
    /// <param name="kernel">The kernel size: a number, or (height, width).</param>
    /// <param name="stride">The step of the kernel.</param>
    /// <param name="padding">Zeros on each side; null for (kernel - 1) / 2, which keeps the size at stride 1.</param>
    /// <param name="groups">The number of groups; the number of input channels for a depthwise convolution.</param>
    /// <param name="bias">Whether a bias is added.</param>
    /// <param name="init">How the weights are initialized; null for <see cref="WeightInit.KaimingFanOut"/>.</param>
    public Value Conv(string name, int channels, Size2D kernel, int stride = 1, Size2D? padding = null, int groups = 1, bool bias = false,
        WeightInit? init = null)
    {
        var samePadding = new Size2D((kernel.Height - 1) / 2, (kernel.Width - 1) / 2);
        var conv = new Conv(channels, kernel, stride, padding ?? samePadding, groups, bias, init ?? WeightInit.KaimingFanOut);
        return Graph.Append(name, conv, Node);
    }

    /// <summary>Adds a batch normalization of a feature map.</summary>
    /// <param name="name">The name of the layer.</param>
    /// <param name="settings">Epsilon and momentum; null for PyTorch's defaults.</param>
    public Value BatchNorm(string name, BatchNorm? settings = null) => Graph.Append(name, settings ?? new BatchNorm(), Node);

    /// <summary>Adds a rectified linear unit.</summary>
    /// <param name="name">The name of the node.</param>
    public Value Relu(string? name = null) => Graph.Append(name, new Relu(), Node);

    /// <summary>Adds an activation function.</summary>
    /// <param name="activation">The function, such as <c>new Silu()</c>.</param>
    /// <param name="name">The name of the node.</param>
    public Value Activate(Activation activation, string? name = null) => Graph.Append(name, activation, Node);

    /// <summary>Adds a max pooling of a feature map.</summary>
    /// <param name="kernel">Height and width of the window.</param>
    /// <param name="stride">The step of the window.</param>
    /// <param name="padding">Pixels added on each side; at most half the kernel.</param>
    /// <param name="name">The name of the node.</param>
    /// <param name="ceilMode">Whether the output size is rounded up.</param>
    public Value MaxPool(int kernel, int stride, int padding = 0, string? name = null, bool ceilMode = false) =>
        Graph.Append(name, new MaxPool(kernel, stride, padding, ceilMode), Node);

    /// <summary>Adds an average pooling of a feature map.</summary>
    /// <param name="kernel">Height and width of the window.</param>
    /// <param name="stride">The step of the window.</param>
    /// <param name="padding">Zeros added on each side; at most half the kernel.</param>
    /// <param name="name">The name of the node.</param>
    /// <param name="countIncludePad">Whether the padding counts in the mean.</param>
    public Value AveragePool(int kernel, int stride, int padding = 0, string? name = null, bool countIncludePad = true) =>
        Graph.Append(name, new AveragePool(kernel, stride, padding, countIncludePad), Node);

    /// <summary>Adds an adaptive average pooling of a feature map.</summary>
    /// <param name="size">Height and width of the output.</param>
    /// <param name="name">The name of the node.</param>
    public Value AdaptiveAveragePool(int size, string? name = null) => Graph.Append(name, new AdaptiveAveragePool(size), Node);

    /// <summary>Resizes a feature map to the height and width of another by nearest-neighbor interpolation.</summary>
    /// <param name="other">The feature map whose size is taken.</param>
    public Value UpsampleLike(Value other) => Graph.Append(null, new Upsample(), Node, other.Node);

    /// <summary>Adds a global average pooling: a feature map becomes a vector with one value per channel.</summary>
    /// <param name="name">The name of the node.</param>
    public Value GlobalAveragePool(string? name = null) => Graph.Append(name, new GlobalAverage(), Node);

    /// <summary>Flattens a feature map to a vector.</summary>
    /// <param name="name">The name of the node.</param>
    public Value Flatten(string? name = null) => Graph.Append(name, new Flatten(), Node);

    /// <summary>Adds a fully connected layer to a vector, or to each token.</summary>
    /// <param name="name">The name of the layer.</param>
    /// <param name="width">The number of outputs.</param>
    /// <param name="init">How the weights are initialized; null for <see cref="WeightInit.Uniform"/>.</param>
    /// <param name="storedAsConvolution">
    /// Whether checkpoints store the weight with the shape of a 1x1 convolution: outputs x inputs x 1 x 1.
    /// </param>
    /// <param name="bias">Whether a bias is added.</param>
    public Value Linear(string name, int width, WeightInit? init = null, bool storedAsConvolution = false, bool bias = true) =>
        Graph.Append(name, new Linear(width, init ?? WeightInit.Uniform, storedAsConvolution) { Bias = bias }, Node);

    /// <summary>Adds dropout, which is active in training only.</summary>
    /// <param name="probability">The probability of zeroing an element, from 0 to 1.</param>
    /// <param name="name">The name of the node.</param>
    public Value Dropout(double probability, string? name = null) => Graph.Append(name, new Dropout(probability), Node);

    /// <summary>Adds stochastic depth, which is active in training only, to the branch of a residual block.</summary>
    /// <param name="probability">The probability of dropping the branch of an image, from 0 to below 1.</param>
    /// <param name="name">The name of the node.</param>
    public Value StochasticDepth(double probability, string? name = null) => Graph.Append(name, new StochasticDepth(probability), Node);

    /// <summary>Concatenates this value and others along the channels.</summary>
    /// <param name="others">Feature maps of the same height and width, or vectors.</param>
    public Value Concat(params Value[] others) => Graph.Append(null, new Concat(), [Node, .. others.Select(value => value.Node)]);

    /// <summary>Multiplies each channel of a feature map by one number, as squeeze-and-excitation does.</summary>
    /// <param name="gates">The numbers, channels x 1 x 1.</param>
    public Value Rescale(Value gates) => Graph.Append(null, new Rescale(), Node, gates.Node);

    /// <summary>Turns a vector of logits into probabilities.</summary>
    /// <param name="name">The name of the node.</param>
    public Value Softmax(string? name = null) => Graph.Append(name, new Softmax(), Node);

    /// <summary>Divides a vector by its Euclidean (L2) norm.</summary>
    /// <param name="name">The name of the node.</param>
    public Value UnitLength(string? name = null) => Graph.Append(name, new UnitLength(), Node);

    /// <summary>Selects a range of a feature map's channels.</summary>
    /// <param name="start">The first channel, counted from 0.</param>
    /// <param name="count">The number of channels.</param>
    public Value ChannelSlice(int start, int count) => Graph.Append(null, new ChannelSlice(start, count), Node);

    /// <summary>Shuffles the channels of a feature map between groups.</summary>
    /// <param name="groups">The number of groups; it must divide the number of channels.</param>
    public Value ChannelShuffle(int groups) => Graph.Append(null, new ChannelShuffle(groups), Node);

    /// <summary>Adds another value of the same shape: in a residual block this is the branch, and the other the shortcut.</summary>
    /// <param name="other">The other value.</param>
    /// <param name="name">The name of the node.</param>
    public Value Add(Value other, string? name = null) => Graph.Append(name, new Add(), Node, other.Node);

    /// <summary>Adds an operator that has no method of its own here.</summary>
    /// <param name="name">The name of the node; null to name it after the operator.</param>
    /// <param name="op">The operator.</param>
    /// <param name="others">Its further inputs.</param>
    public Value Add(string? name, Operator op, params Value[] others)
    {
        ArgumentNullException.ThrowIfNull(op);
        return Graph.Append(name, op, [Node, .. others.Select(value => value.Node)]);
    }

    /// <summary>Gives the node an additional name, such as <c>features</c> or <c>logits</c>. Scopes do not apply to it.</summary>
    /// <param name="alias">The name.</param>
    /// <returns>This value.</returns>
    public Value As(string alias)
    {
        Graph.Alias(alias, Node);
        return this;
    }

    /// <summary>Adds two values of the same shape.</summary>
    /// <param name="left">In a residual block, the branch.</param>
    /// <param name="right">In a residual block, the shortcut.</param>
    public static Value operator +(Value left, Value right) => left.Add(right);
}
