using System.Runtime.InteropServices;
using TransferKit.Graphs;
using TransferKit.Native;
using TransferKit.Weights;
using static TorchSharp.torch;
using Parameter = TorchSharp.Modules.Parameter;

namespace TransferKit.Engines.Torch;

/// <summary>
/// A network as a TorchSharp module for training. Its state dict has the keys of the graph, which are those of the reference
/// implementation. Intermediate values are disposed after their last use; autograd keeps what a gradient needs.
/// </summary>
public sealed class TorchNetwork : nn.Module<Tensor, Tensor>
{
    private readonly Graph _graph;
    private Graph? _fusedGraph;

    /// <summary>Creates a module from a network. Weights are copied; parameters require gradients, buffers do not.</summary>
    /// <param name="network">The network.</param>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch.</exception>
    /// <exception cref="ArgumentException">It is an ONNX model that only ONNX Runtime can run.</exception>
    public TorchNetwork(Network network) : base(NameAfterLoadingLibTorch())
    {
        ArgumentNullException.ThrowIfNull(network);
        OnnxModel.Refuse(network.Graph);
        _graph = network.Graph;
        foreach (var (key, parameter) in _graph.State)
        {
            // A module created within a dispose scope outlives it, and so must its tensors.
            var tensor = ToTensor(network.Weights[key], parameter).DetachFromDisposeScope();
            if (parameter.IsBuffer)
                register_buffer(key, tensor);
            else
                register_parameter(key, (Parameter)new Parameter(tensor).DetachFromDisposeScope());
        }
    }

    /// <summary>
    /// Whether batch normalization uses its running statistics in training instead of the batch's and leaves them unchanged. Its weight and
    /// bias are still trained.
    /// </summary>
    public bool StatisticsFrozen { get; set; }

    // Only training runs the fused graph: evaluation keeps the reference implementation's order of operations, so that rounding is the
    // same. In the fused graph, a convolution without an alias has no value of its own.
    private Graph ActiveGraph => training && StatisticsFrozen ? _fusedGraph ??= ConvNorm.Fuse(_graph) : _graph;

    /// <summary>Returns a copy of all parameters and buffers.</summary>
    public StateDict CopyWeights()
    {
        var state = new StateDict();
        foreach (var (key, parameter) in _graph.State)
            state[key] = ToData(StateTensor(key, parameter), parameter);
        return state;
    }

    /// <summary>Overwrites all parameters and buffers.</summary>
    /// <param name="weights">The new values; it must have all keys of the graph.</param>
    public void CopyFrom(StateDict weights)
    {
        ArgumentNullException.ThrowIfNull(weights);
        using var scope = NewDisposeScope();
        using var noGradients = no_grad();
        foreach (var (key, parameter) in _graph.State)
            StateTensor(key, parameter).copy_(ToTensor(weights[key], parameter));
    }

    /// <summary>Runs a batch of images.</summary>
    /// <param name="input">Preprocessed images, batch x channels x height x width; the caller disposes them.</param>
    /// <returns>The output, such as logits, batch x classes.</returns>
    public override Tensor forward(Tensor input)
    {
        var graph = ActiveGraph;
        return Run(input, graph, graph.Input, [graph.Output])[0];
    }

    /// <summary>Runs a batch of images and returns the values of several nodes, such as logits and auxiliary logits.</summary>
    /// <remarks>
    /// In training with <see cref="StatisticsFrozen"/>, convolutions are fused with the batch normalization that alone reads them, and have
    /// no value of their own unless they have an alias.
    /// </remarks>
    /// <param name="input">Preprocessed images, batch x channels x height x width; the caller disposes them.</param>
    /// <param name="nodes">Nodes, blocks or aliases.</param>
    /// <returns>A tensor for each name, which the caller disposes.</returns>
    /// <exception cref="ArgumentException">There is no such node, two names stand for the same node, or no name is given.</exception>
    public IReadOnlyList<Tensor> Values(Tensor input, params string[] nodes) => ValuesFrom(ActiveGraph.Input.Name, input, nodes);

    /// <summary>Runs the part of the network after a node and returns the values of several nodes that depend on it alone.</summary>
    /// <param name="start">The node, block or alias to start from.</param>
    /// <param name="value">The value of the start; the caller disposes it.</param>
    /// <param name="nodes">Nodes, blocks or aliases.</param>
    /// <inheritdoc cref="Values" path="/returns"/>
    /// <inheritdoc cref="Values" path="/exception"/>
    internal IReadOnlyList<Tensor> ValuesFrom(string start, Tensor value, params string[] nodes)
    {
        var graph = ActiveGraph;
        Node[] outputs = [.. nodes.Select(graph.Find)];
        if (outputs.Length == 0 || outputs.Distinct().Count() < outputs.Length)
        {
            throw new ArgumentException(
                $"The list of nodes '{string.Join("', '", nodes)}' is invalid: name at least one, and each only once.", nameof(nodes));
        }
        return Run(value, graph, graph.Find(start), outputs);
    }

    /// <summary>Returns a feature map with its memory laid out channels last.</summary>
    internal static Tensor ChannelsLast(Tensor x)
    {
        // TorchSharp has no memory_format; a transposed contiguous tensor has the same layout.
        using var transposed = x.permute(0, 2, 3, 1);
        using var contiguous = transposed.contiguous();
        return contiguous.permute(0, 3, 1, 2);
    }

    /// <summary>Copies a tensor of a parameter's shape to memory.</summary>
    internal static TensorData ToData(Tensor tensor, ParameterSpec parameter)
    {
        using var scope = NewDisposeScope();
        var type = parameter.IsInteger ? ElementType.Int64 : ElementType.Float32;
        return new TensorData(type, parameter.Dimensions, tensor.detach().cpu().contiguous().bytes.ToArray());
    }

    /// <summary>Copies the data of a parameter to a new tensor.</summary>
    internal static Tensor ToTensor(TensorData data, ParameterSpec parameter)
    {
        long[] shape = [.. data.Dimensions.Select(dimension => (long)dimension)];
        var tensor = empty(shape, parameter.IsInteger ? ScalarType.Int64 : ScalarType.Float32);
        if (parameter.IsInteger)
            data.Bytes.Span.CopyTo(tensor.bytes);
        else
            MemoryMarshal.AsBytes(data.Floats()).CopyTo(tensor.bytes);
        return tensor;
    }

    private Tensor StateTensor(string key, ParameterSpec parameter) =>
        parameter.IsBuffer ? get_buffer(key)! : get_parameter(key)!;

    private Tensor[] Run(Tensor input, Graph graph, Node start, Node[] outputs)
    {
        // Looked up in each run, because moving a module to another device or type replaces its tensors.
        var parameters = named_parameters(recurse: false).Select(p => (p.name, (Tensor)p.parameter));
        var buffers = named_buffers(recurse: false).Select(b => (b.name, b.buffer));
        var state = parameters.Concat(buffers).ToDictionary();
        var values = new Dictionary<Node, Tensor> { [start] = input.alias() };
        try
        {
            foreach (var (node, released) in Steps(graph, start, outputs))
            {
                Tensor[] inputs = [.. node.Inputs.Select(source => values[source])];
                bool useBatchStatistics = training && !StatisticsFrozen;
                values[node] = TorchOperators.Apply(node, inputs, key => state.GetValueOrDefault(key)!, training, useBatchStatistics);
                foreach (var source in released)
                    values[source].Dispose();
            }
            return [.. outputs.Select(node => values[node])];
        }
        catch
        {
            // Most likely out of memory: if the values were kept, a smaller batch would fail as well.
            foreach (var value in values.Values)
                value.Dispose();
            throw;
        }
    }

    // The nodes that the outputs need, in order, each with the inputs that no later node reads. Walking backward, the first
    // reader found of a node is its last reader in forward order, which releases it.
    private static Stack<(Node Node, Node[] Released)> Steps(Graph graph, Node start, Node[] outputs)
    {
        var needed = outputs.ToHashSet();
        var steps = new Stack<(Node, Node[])>();
        foreach (var node in graph.Nodes.Reverse().Where(node => node != start && needed.Contains(node)))
            steps.Push((node, [.. node.Inputs.Where(needed.Add)]));
        return steps;
    }

    // Runs before the constructor of the base class calls libtorch, whose own error does not say what to do.
    private static string NameAfterLoadingLibTorch()
    {
        LibTorch.Require();
        return nameof(TorchNetwork);
    }
}
