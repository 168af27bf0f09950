using System.Runtime.InteropServices;
using TransferKit.Graphs;
using TransferKit.Native;
using TransferKit.Weights;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferKit.Engines.Torch;

/// <summary>
/// A network as a TorchSharp module: its state dict has the reference's keys, it trains, and it runs on any device.
/// Each intermediate is released after its last use; what a gradient needs, autograd itself keeps.
/// </summary>
public sealed class TorchNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Graph _graph;

    /// <summary>Makes a module of a network; the weights are copied. Parameters require gradients, buffers do not.</summary>
    /// <exception cref="DllNotFoundException">The program carries no native libtorch.</exception>
    public TorchNetwork(Network network) : base(Required())
    {
        ArgumentNullException.ThrowIfNull(network);
        _graph = network.Graph;
        foreach (var node in _graph.Nodes)
        {
            foreach (var parameter in node.Parameters)
            {
                // A module made within a dispose scope outlives it, and so do its tensors.
                var tensor = Copy(network.Weights[node.Key(parameter)], parameter).DetachFromDisposeScope();
                if (parameter.IsBuffer)
                    register_buffer(node.Key(parameter), tensor);
                else
                    register_parameter(node.Key(parameter), (Parameter)new Parameter(tensor).DetachFromDisposeScope());
            }
        }
    }

    /// <summary>Runs a batch of images, batch x channels x height x width, normalised. The input is left to the caller.</summary>
    public override Tensor forward(Tensor input) => Run(input, [_graph.Output])[0];

    /// <summary>Runs a batch of images and gives the values of several nodes, such as the logits and those of auxiliary classifiers.</summary>
    /// <exception cref="ArgumentException">There is no node of one of the names, or two of them are of one node.</exception>
    public IReadOnlyList<Tensor> Values(Tensor input, params string[] nodes)
    {
        Node[] wanted = [.. nodes.Select(_graph.Find)];
        if (wanted.Distinct().Count() < wanted.Length)
            throw new ArgumentException($"Of the nodes '{string.Join("', '", nodes)}' two are the same; name each once.", nameof(nodes));
        return Run(input, wanted);
    }

    private Tensor[] Run(Tensor input, Node[] wanted)
    {
        // Looked up each time: moving a module to another device or type puts new tensors in place of the old.
        var state = named_parameters(recurse: false).Select(p => (p.name, (Tensor)p.parameter))
            .Concat(named_buffers(recurse: false).Select(b => (b.name, b.buffer))).ToDictionary();
        var values = new Dictionary<Node, Tensor> { [_graph.Input] = input.alias() };
        try
        {
            foreach (var (node, done) in Steps(wanted))
            {
                values[node] = Apply(node, [.. node.Inputs.Select(i => values[i])], name => state.GetValueOrDefault($"{node.Name}.{name}")!);
                foreach (var value in done)
                    values[value].Dispose();
            }
            return [.. wanted.Select(n => values[n])];
        }
        catch
        {
            // Out of memory, most likely: what is held must go, or a smaller batch would fail as well.
            foreach (var value in values.Values)
                value.Dispose();
            throw;
        }
    }

    // The nodes that are needed, each with the values that nothing reads after it: those first met on the way back from the end.
    private Stack<(Node Node, Node[] Done)> Steps(Node[] wanted)
    {
        var met = wanted.ToHashSet();
        var steps = new Stack<(Node, Node[])>();
        foreach (var node in _graph.Nodes.Skip(1).Reverse().Where(met.Contains))
            steps.Push((node, [.. node.Inputs.Where(met.Add)]));
        return steps;
    }

    // Before the base class touches libtorch, whose own message does not say what to do.
    private static string Required()
    {
        LibTorch.Require();
        return nameof(TorchNetwork);
    }

    private Tensor Apply(Node node, Tensor[] x, Func<string, Tensor> state)
    {
        switch (node.Operator)
        {
            case Conv c:
                return F.conv2d(x[0], state("weight"), state("bias"), [c.Stride, c.Stride], [c.Padding.Height, c.Padding.Width], groups: c.Groups);
            case BatchNorm b:
                if (training)
                    using (no_grad())
                        state("num_batches_tracked").add_(1);
                return F.batch_norm(x[0], state("running_mean"), state("running_var"), state("weight"), state("bias"), training, b.Momentum, b.Epsilon);
            case Linear l:
                using (var weight = l.Pointwise ? state("weight").flatten(1) : state("weight").alias())
                    return F.linear(x[0], weight, state("bias"));
            case MaxPool p:
                return F.max_pool2d(x[0], p.Kernel, p.Stride, p.Padding, ceil_mode: p.Ceiling);
            case AveragePool p:
                return F.avg_pool2d(x[0], p.Kernel, p.Stride, p.Padding, count_include_pad: p.CountPadding);
            case AdaptiveAveragePool p:
                return F.adaptive_avg_pool2d(x[0], p.Size);
            case GlobalAverage:
                return x[0].mean([2, 3]);
            case Flatten:
                return x[0].flatten(1);
            case Activation f:
                return Apply(f, x[0]);
            case Dropout d:
                return F.dropout(x[0], d.Probability, training);
            case StochasticDepth d:
                return DropImages(x[0], training ? d.Probability : 0);
            case Concat:
                return cat(x, 1);
            case Add:
                return x[0] + x[1];
            case Rescale:
                return x[0] * x[1];
            case ChannelSlice c:
                return x[0].narrow(1, c.Start, c.Count);
            case ChannelShuffle c:
                return Shuffle(x[0], c.Groups);
            default:
                throw new NotSupportedException($"The Torch engine does not know the operator {node.Operator.Kind} of node '{node.Name}'.");
        }
    }

    private static Tensor Apply(Activation activation, Tensor x) => activation switch
    {
        Relu => F.relu(x),
        Relu6 => F.relu6(x),
        Tanh => F.tanh(x),
        Sigmoid => F.sigmoid(x),
        Silu => F.silu(x),
        HardSigmoid => F.hardsigmoid(x),
        HardSwish => F.hardswish(x),
        _ => throw new NotSupportedException($"The Torch engine does not know the activation {activation.Kind}."),
    };

    // What is kept is scaled up, so that the expected value stays.
    private static Tensor DropImages(Tensor x, double probability)
    {
        if (probability == 0)
            return x.alias();
        using var keep = empty([x.shape[0], .. Enumerable.Repeat(1L, (int)x.dim() - 1)], x.dtype, x.device).bernoulli_(1 - probability);
        using var scaled = keep / (1 - probability);
        return x * scaled;
    }

    private static Tensor Shuffle(Tensor x, int groups)
    {
        var (n, c, h, w) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3]);
        using var grouped = x.reshape(n, groups, c / groups, h, w);
        using var swapped = grouped.transpose(1, 2);
        return swapped.reshape(n, c, h, w);
    }

    private static Tensor Copy(TensorData data, ParameterSpec parameter)
    {
        long[] shape = [.. data.Dimensions.Select(d => (long)d)];
        var tensor = empty(shape, parameter.IsCounter ? ScalarType.Int64 : ScalarType.Float32);
        if (parameter.IsCounter)
            data.Bytes.Span.CopyTo(tensor.bytes);
        else
            MemoryMarshal.AsBytes(data.Floats()).CopyTo(tensor.bytes);
        return tensor;
    }
}
