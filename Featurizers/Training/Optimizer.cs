using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>
/// AdamW (arXiv:1711.05101) and stochastic gradient descent with momentum, step by step as PyTorch does them. TorchSharp's own are not safe
/// from the garbage collector (see <see cref="Arithmetic"/>).
/// </summary>
internal sealed class Optimizer : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly List<Trained> _parameters = [];
    private readonly TrainingOptions _options;
    private long _steps;

    /// <summary>Groups a network's parameters by the rate and the decay they learn with: normalizations and biases do not decay, and earlier stages learn slower.</summary>
    public Optimizer(TorchNetwork module, Graph graph, TrainingOptions options)
    {
        _options = options;
        Node[] ends = [.. graph.StageEnds()];
        int stage = 0;
        var staged = new List<(int Stage, string Key, ParameterSpec Parameter)>();
        foreach (var node in graph.Nodes)
        {
            staged.AddRange(node.Parameters.Where(p => !p.IsBuffer).Select(p => (stage, node.Key(p), p)));
            stage += ends.Contains(node) && stage < ends.Length - 1 ? 1 : 0;
        }
        int last = staged.Max(p => p.Stage);
        foreach (var (of, key, parameter) in staged)
            _parameters.Add(new(key, parameter, module.get_parameter(key)!, Math.Pow(options.LayerDecay, last - of), parameter.Dimensions.Length > 1 ? options.Decay : 0, options.Optimizer));
    }

    /// <summary>Forgets the gradients.</summary>
    public void Clear()
    {
        foreach (var parameter in _parameters)
            parameter.Value.grad?.zero_();
    }

    /// <summary>Moves all parameters along their gradients.</summary>
    /// <param name="part">Of the highest learning rate.</param>
    public void Step(double part)
    {
        using var frozen = no_grad();
        _steps++;
        foreach (var parameter in _parameters)
        {
            using var gradient = parameter.Value.grad;
            if (gradient is null)
                continue;
            double rate = _options.Rate * parameter.Part * part;
            if (_options.Optimizer == OptimizerKind.Sgd)
                Descend(parameter, gradient, rate);
            else
                Adapt(parameter, gradient, rate);
        }
    }

    /// <summary>A copy of all that it remembers.</summary>
    public StateDict CopyState()
    {
        var state = new StateDict { [nameof(_steps)] = new TensorData(ElementType.Int64, [], BitConverter.GetBytes(_steps)) };
        foreach (var p in _parameters)
        {
            state[p.Key + ".first"] = TorchNetwork.ToData(p.First, p.Spec);
            if (p.Second is not null)
                state[p.Key + ".second"] = TorchNetwork.ToData(p.Second, p.Spec);
        }
        return state;
    }

    /// <summary>Takes over what another remembered.</summary>
    public void CopyFrom(StateDict state)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _steps = BitConverter.ToInt64(state[nameof(_steps)].Bytes.Span);
        foreach (var p in _parameters)
        {
            p.First.copy_(TorchNetwork.ToTensor(state[p.Key + ".first"], p.Spec));
            p.Second?.copy_(TorchNetwork.ToTensor(state[p.Key + ".second"], p.Spec));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in _parameters)
            parameter.Dispose();
    }

    private void Descend(Trained p, Tensor gradient, double rate)
    {
        p.First.MultiplyInPlace(_options.Momentum);
        p.First.AddInPlace(gradient, 1);
        if (p.Decay > 0)
            p.First.AddInPlace(p.Value, p.Decay);
        p.Value.AddInPlace(p.First, -rate);
    }

    private void Adapt(Trained p, Tensor gradient, double rate)
    {
        p.Value.MultiplyInPlace(1 - rate * p.Decay);
        p.First.MultiplyInPlace(Beta1);
        p.First.AddInPlace(gradient, 1 - Beta1);
        p.Second!.MultiplyInPlace(Beta2);
        p.Second!.AddProductInPlace(gradient, gradient, 1 - Beta2);
        using var deviation = p.Second!.sqrt();
        deviation.MultiplyInPlace(1 / Math.Sqrt(1 - Math.Pow(Beta2, _steps)));
        deviation.AddInPlace(Epsilon);
        p.Value.AddQuotientInPlace(p.First, deviation, -rate / (1 - Math.Pow(Beta1, _steps)));
    }

    // A parameter with its moments; the second is AdamW's alone.
    private sealed class Trained(string key, ParameterSpec spec, TorchSharp.Modules.Parameter value, double part, double decay, OptimizerKind kind) : IDisposable
    {
        public string Key => key;

        public ParameterSpec Spec => spec;

        public TorchSharp.Modules.Parameter Value => value;

        public double Part => part;

        public double Decay => decay;

        public Tensor First { get; } = zeros_like(value).detach_().DetachFromDisposeScope();

        public Tensor? Second { get; } = kind == OptimizerKind.AdamW ? zeros_like(value).detach_().DetachFromDisposeScope() : null;

        public void Dispose()
        {
            First.Dispose();
            Second?.Dispose();
        }
    }
}
