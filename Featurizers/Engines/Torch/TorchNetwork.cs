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
    private readonly Dictionary<Node, Node> _lastReader = [];

    /// <summary>Makes a module of a network; the weights are copied. Parameters require gradients, buffers do not.</summary>
    /// <exception cref="DllNotFoundException">The program carries no native libtorch.</exception>
    public TorchNetwork(Network network) : base(Required())
    {
        ArgumentNullException.ThrowIfNull(network);
        _graph = network.Graph;
        foreach (var node in _graph.Nodes)
        {
            foreach (var input in node.Inputs)
                _lastReader[input] = node;
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
    public override Tensor forward(Tensor input)
    {
        // Looked up each time: moving a module to another device or type puts new tensors in place of the old.
        var state = named_parameters(recurse: false).Select(p => (p.name, (Tensor)p.parameter))
            .Concat(named_buffers(recurse: false).Select(b => (b.name, b.buffer))).ToDictionary();
        var values = new Dictionary<Node, Tensor> { [_graph.Input] = input.alias() };
        try
        {
            foreach (var node in _graph.Nodes.Skip(1))
            {
                values[node] = Apply(node, [.. node.Inputs.Select(i => values[i])], name => state.GetValueOrDefault($"{node.Name}.{name}")!);
                foreach (var done in node.Inputs.Distinct().Where(i => _lastReader[i] == node))
                    values[done].Dispose();
            }
            return values[_graph.Output];
        }
        catch
        {
            // Out of memory, most likely: what is held must go, or a smaller batch would fail as well.
            foreach (var value in values.Values)
                value.Dispose();
            throw;
        }
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
                return F.conv2d(x[0], state("weight"), state("bias"), [c.Stride, c.Stride], [c.Padding, c.Padding], groups: c.Groups);
            case BatchNorm b:
                if (training)
                    using (no_grad())
                        state("num_batches_tracked").add_(1);
                return F.batch_norm(x[0], state("running_mean"), state("running_var"), state("weight"), state("bias"), training, b.Momentum, b.Epsilon);
            case Relu:
                return F.relu(x[0]);
            case Relu6:
                return F.relu6(x[0]);
            case MaxPool p:
                return F.max_pool2d(x[0], p.Kernel, p.Stride, p.Padding);
            case AveragePool p:
                return F.avg_pool2d(x[0], p.Kernel, p.Stride);
            case AdaptiveAveragePool p:
                return F.adaptive_avg_pool2d(x[0], p.Size);
            case GlobalAverage:
                return x[0].mean([2, 3]);
            case Flatten:
                return x[0].flatten(1);
            case Linear:
                return F.linear(x[0], state("weight"), state("bias"));
            case Dropout d:
                return F.dropout(x[0], d.Probability, training);
            case Concat:
                return cat(x, 1);
            case Add:
                return x[0] + x[1];
            default:
                throw new NotSupportedException($"The Torch engine does not know the operator {node.Operator.Kind} of node '{node.Name}'.");
        }
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
