using TorchSharp.Modules;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Graphs;
using static TorchSharp.torch.optim;

namespace TransferKit.Training;

/// <summary>The parameters of a network by the rate and the decay they learn with.</summary>
internal sealed class ParameterGroups
{
    private readonly List<(ILearningRateController Group, double Part)> _groups = [];
    private readonly double _rate;

    public ParameterGroups(TorchNetwork module, Graph graph, TrainingOptions options, double rate)
    {
        _rate = rate;
        Node[] ends = [.. graph.StageEnds()];
        var sgd = new List<SGD.ParamGroup>();
        var adam = new List<AdamW.ParamGroup>();
        int stage = 0;
        var parameters = new List<(int Stage, bool Decays, Parameter Parameter)>();
        foreach (var node in graph.Nodes)
        {
            foreach (var parameter in node.Parameters.Where(p => !p.IsBuffer))
                parameters.Add((stage, parameter.Dimensions.Length > 1, module.get_parameter(node.Key(parameter))!));
            stage += ends.Contains(node) && stage < ends.Length - 1 ? 1 : 0;
        }
        int last = parameters.Max(p => p.Stage);
        foreach (var group in parameters.GroupBy(p => (p.Stage, p.Decays)).OrderBy(g => g.Key))
        {
            double part = Math.Pow(options.StageRate, last - group.Key.Stage), decay = group.Key.Decays ? options.Decay : 0;
            if (options.Optimizer == OptimizerKind.Sgd)
            {
                sgd.Add(new(group.Select(p => p.Parameter), rate * part, options.Momentum, weight_decay: decay));
                _groups.Add((sgd[^1], part));
            }
            else
            {
                adam.Add(new(group.Select(p => p.Parameter), rate * part, weight_decay: decay));
                _groups.Add((adam[^1], part));
            }
        }
        Optimizer = options.Optimizer == OptimizerKind.Sgd ? SGD(sgd, rate, options.Momentum) : AdamW(adam, rate);
    }

    public OptimizerHelper Optimizer { get; }

    /// <summary>Sets the rate to a part of the highest, times what its stage learns with.</summary>
    public void SetRate(double part)
    {
        foreach (var (group, own) in _groups)
            group.LearningRate = _rate * own * part;
    }
}
