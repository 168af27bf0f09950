using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>
/// AdamW (arXiv:1711.05101) and stochastic gradient descent with momentum, step by step as PyTorch computes them. TorchSharp's own
/// optimizers are not safe from the garbage collector (see <see cref="Arithmetic"/>).
/// </summary>
internal sealed class Optimizer : IDisposable
{
    private const double Beta1 = 0.9, Beta2 = 0.999, Epsilon = 1e-8;
    private readonly List<ParameterState> _parameters = [];
    private readonly TrainingOptions _options;
    private long _steps;

    /// <summary>
    /// Collects a network's parameters: weight decay applies to those with <see cref="ParameterSpec.HasWeightDecay"/>, and earlier stages
    /// have lower learning rates by <see cref="TrainingOptions.LayerDecay"/>.
    /// </summary>
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
        foreach (var (parameterStage, key, parameter) in staged)
        {
            double factor = Math.Pow(options.LayerDecay, last - parameterStage);
            double decay = parameter.HasWeightDecay ? options.EffectiveWeightDecay : 0;
            _parameters.Add(new(key, parameter, module.get_parameter(key)!, factor, decay, options.Optimizer));
        }
    }

    /// <summary>Sets all gradients to zero.</summary>
    public void ZeroGrad()
    {
        foreach (var parameter in _parameters)
            parameter.Value.grad?.zero_();
    }

    /// <summary>Updates all parameters by their gradients.</summary>
    /// <param name="factor">The learning rate as a fraction of the highest learning rate.</param>
    public void Step(double factor)
    {
        using var frozen = no_grad();
        _steps++;
        foreach (var parameter in _parameters)
        {
            using var gradient = parameter.Value.grad;
            if (gradient is null)
                continue;
            double rate = _options.EffectiveLearningRate * parameter.Factor * factor;
            if (_options.Optimizer == OptimizerKind.Sgd)
                StepSgd(parameter, gradient, rate);
            else
                StepAdamW(parameter, gradient, rate);
        }
    }

    /// <summary>Copies the optimizer's state: the number of steps and the moments of each parameter.</summary>
    public StateDict CopyState()
    {
        var state = new StateDict { [nameof(_steps)] = new TensorData(ElementType.Int64, [], BitConverter.GetBytes(_steps)) };
        foreach (var p in _parameters)
        {
            state[p.Key + ".first"] = TorchNetwork.ToData(p.FirstMoment, p.Spec);
            if (p.SecondMoment is not null)
                state[p.Key + ".second"] = TorchNetwork.ToData(p.SecondMoment, p.Spec);
        }
        return state;
    }

    /// <summary>Restores a state that <see cref="CopyState"/> returned.</summary>
    public void CopyFrom(StateDict state)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        _steps = BitConverter.ToInt64(state[nameof(_steps)].Bytes.Span);
        foreach (var p in _parameters)
        {
            p.FirstMoment.copy_(TorchNetwork.ToTensor(state[p.Key + ".first"], p.Spec));
            p.SecondMoment?.copy_(TorchNetwork.ToTensor(state[p.Key + ".second"], p.Spec));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var parameter in _parameters)
            parameter.Dispose();
    }

    private void StepSgd(ParameterState p, Tensor gradient, double rate)
    {
        p.FirstMoment.MultiplyInPlace(_options.Momentum);
        p.FirstMoment.AddInPlace(gradient, 1);
        if (p.Decay > 0)
            p.FirstMoment.AddInPlace(p.Value, p.Decay);
        p.Value.AddInPlace(p.FirstMoment, -rate);
    }

    private void StepAdamW(ParameterState p, Tensor gradient, double rate)
    {
        p.Value.MultiplyInPlace(1 - rate * p.Decay);
        p.FirstMoment.MultiplyInPlace(Beta1);
        p.FirstMoment.AddInPlace(gradient, 1 - Beta1);
        p.SecondMoment!.MultiplyInPlace(Beta2);
        p.SecondMoment!.AddProductInPlace(gradient, gradient, 1 - Beta2);
        using var deviation = p.SecondMoment!.sqrt();
        deviation.MultiplyInPlace(1 / Math.Sqrt(1 - Math.Pow(Beta2, _steps)));
        deviation.AddInPlace(Epsilon);
        p.Value.AddQuotientInPlace(p.FirstMoment, deviation, -rate / (1 - Math.Pow(Beta1, _steps)));
    }

    // A parameter with its moments. Only AdamW has a second one.
    private sealed class ParameterState(string key, ParameterSpec spec, TorchSharp.Modules.Parameter value, double factor, double decay,
        OptimizerKind kind) : IDisposable
    {
        public string Key => key;

        public ParameterSpec Spec => spec;

        public TorchSharp.Modules.Parameter Value => value;

        public double Factor => factor;

        public double Decay => decay;

        public Tensor FirstMoment { get; } = Zeros(value);

        public Tensor? SecondMoment { get; } = kind == OptimizerKind.AdamW ? Zeros(value) : null;

        public void Dispose()
        {
            FirstMoment.Dispose();
            SecondMoment?.Dispose();
        }

        private static Tensor Zeros(Tensor value) => zeros_like(value).detach_().DetachFromDisposeScope();
    }
}
