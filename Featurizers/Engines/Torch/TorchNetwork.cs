using System.Runtime.InteropServices;
using TransferKit.Graphs;
using TransferKit.Native;
using TransferKit.Weights;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferKit.Engines.Torch;

/// <summary>
/// A network as a TorchSharp module: its state dict has the reference's keys, it trains, and it runs on any device.
/// Each intermediate is released after its last use; what a gradient needs, autograd itself keeps.
/// </summary>
public sealed class TorchNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Graph _graph;
    private Graph? _fused;

    /// <summary>Makes a module of a network; the weights are copied. Parameters require gradients, buffers do not.</summary>
    /// <exception cref="DllNotFoundException">The program carries no native libtorch.</exception>
    public TorchNetwork(Network network) : base(Required())
    {
        ArgumentNullException.ThrowIfNull(network);
        _graph = network.Graph;
        foreach (var (key, parameter) in _graph.State)
        {
            // A module made within a dispose scope outlives it, and so do its tensors.
            var tensor = Copy(network.Weights[key], parameter).DetachFromDisposeScope();
            if (parameter.IsBuffer)
                register_buffer(key, tensor);
            else
                register_parameter(key, (Parameter)new Parameter(tensor).DetachFromDisposeScope());
        }
    }

    /// <summary>Whether batch normalization keeps its statistics in training as well; its scale and shift still learn.</summary>
    public bool StatisticsFrozen { get; set; }

    // In evaluation operations keep the order of the reference's, and with it their rounding.
    private Graph Running => training && StatisticsFrozen ? _fused ??= ConvNorm.Fuse(_graph) : _graph;

    /// <summary>A copy of all parameters and buffers.</summary>
    public StateDict CopyWeights()
    {
        var state = new StateDict();
        foreach (var (key, parameter) in _graph.State)
            state[key] = Data(parameter.IsBuffer ? get_buffer(key)! : get_parameter(key)!, parameter);
        return state;
    }

    /// <summary>Takes over all parameters and buffers.</summary>
    public void CopyFrom(StateDict weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        foreach (var (key, parameter) in _graph.State)
            (parameter.IsBuffer ? get_buffer(key)! : get_parameter(key)!).copy_(Copy(weights[key], parameter));
    }

    /// <summary>A map with the channels last. TorchSharp has no memory_format: a transposed contiguous tensor is laid out so.</summary>
    internal static Tensor ChannelsLast(Tensor x)
    {
        using var turned = x.permute(0, 2, 3, 1);
        using var contiguous = turned.contiguous();
        return contiguous.permute(0, 3, 1, 2);
    }

    /// <summary>Runs a batch of images, batch x channels x height x width, normalized. The input is left to the caller.</summary>
    public override Tensor forward(Tensor input) => Run(input, Running, Running.Input, [Running.Output])[0];

    /// <summary>Runs a batch of images and gives the values of several nodes, such as the logits and those of auxiliary classifiers.</summary>
    /// <returns>A tensor for each name, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">There is no node of one of the names, two of them are of one node, or there are none.</exception>
    public IReadOnlyList<Tensor> Values(Tensor input, params string[] nodes) => ValuesFrom(Running.Input.Name, input, nodes);

    /// <summary>The same from the value of a node on, which all of the others must come from.</summary>
    /// <inheritdoc cref="Values"/>
    internal IReadOnlyList<Tensor> ValuesFrom(string start, Tensor value, params string[] nodes)
    {
        Node[] wanted = [.. nodes.Select(Running.Find)];
        if (wanted.Length == 0 || wanted.Distinct().Count() < wanted.Length)
            throw new ArgumentException($"Of the nodes '{string.Join("', '", nodes)}' two are the same, or there is none; name each once.", nameof(nodes));
        return Run(value, Running, Running.Find(start), wanted);
    }

    private Tensor[] Run(Tensor input, Graph graph, Node start, Node[] wanted)
    {
        // Looked up each time: moving a module to another device or type puts new tensors in place of the old.
        var state = named_parameters(recurse: false).Select(p => (p.name, (Tensor)p.parameter))
            .Concat(named_buffers(recurse: false).Select(b => (b.name, b.buffer))).ToDictionary();
        var values = new Dictionary<Node, Tensor> { [start] = input.alias() };
        try
        {
            foreach (var (node, done) in Steps(graph, start, wanted))
            {
                values[node] = TorchOperators.Apply(node, [.. node.Inputs.Select(i => values[i])], key => state.GetValueOrDefault(key)!, training, training && !StatisticsFrozen);
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
    private static Stack<(Node Node, Node[] Done)> Steps(Graph graph, Node start, Node[] wanted)
    {
        var met = wanted.ToHashSet();
        var steps = new Stack<(Node, Node[])>();
        foreach (var node in graph.Nodes.Reverse().Where(n => n != start && met.Contains(n)))
            steps.Push((node, [.. node.Inputs.Where(met.Add)]));
        return steps;
    }

    // Before the base class touches libtorch, whose own message does not say what to do.
    private static string Required()
    {
        LibTorch.Require();
        return nameof(TorchNetwork);
    }

    /// <summary>A tensor of a parameter's shape as bytes.</summary>
    internal static TensorData Data(Tensor tensor, ParameterSpec parameter)
    {
        using var scope = NewDisposeScope();
        return new TensorData(parameter.IsCounter ? ElementType.Int64 : ElementType.Float32, parameter.Dimensions, tensor.detach().cpu().contiguous().bytes.ToArray());
    }

    /// <summary>Bytes of a parameter's shape as a tensor.</summary>
    internal static Tensor Copy(TensorData data, ParameterSpec parameter)
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
