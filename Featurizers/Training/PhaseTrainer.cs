using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TransferKit.Backbones;
using TransferKit.Engines.Torch;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Trains the network of one phase, epoch by epoch.</summary>
internal sealed class PhaseTrainer : IDisposable
{
    private readonly TrainingPhase _phase;
    private readonly TrainingOptions _options;
    private readonly CancellationToken _cancellationToken;
    private readonly TorchNetwork _module;
    private readonly ModelEma? _ema;
    private readonly Optimizer _optimizer;
    private readonly Schedule _schedule;
    private readonly Device _device;
    private readonly bool _mixedPrecision;

    public PhaseTrainer(TrainingPhase phase, CancellationToken cancellationToken)
    {
        (_phase, _options, _cancellationToken) = (phase, phase.Options, cancellationToken);
        _schedule = new Schedule(_options.Schedule, _options.Epoch * phase.Train.Steps, _options.WarmUpFraction);
        _device = TorchInference.FindDevice(_options.Device);
        _mixedPrecision = _options.MixedPrecision ?? _device.type == DeviceType.CUDA;
        _module = CreateModule();
        _ema = _options.EmaDecay > 0 ? new ModelEma(CreateModule(), _options.EmaDecay) : null;
        _optimizer = new Optimizer(_module, phase.Network.Graph, _options);
    }

    /// <summary>The best weights so far.</summary>
    public StateDict? Best { get; private set; }

    private TorchNetwork Evaluated => _ema?.Module ?? _module;

    /// <summary>Runs one epoch: a pass over the training images, then one over the validation images.</summary>
    /// <param name="epoch">The number of the epoch in this phase, counted from 0.</param>
    /// <param name="earlierEpochs">The number of all epochs before it.</param>
    /// <exception cref="OperationCanceledException">The training was canceled.</exception>
    /// <exception cref="TrainingException">The loss is not finite.</exception>
    public EpochMetrics RunEpoch(int epoch, int earlierEpochs)
    {
        var clock = Stopwatch.StartNew();
        _module.train();
        double lossSum = 0, metricSum = 0;
        int images = 0, step = epoch * _phase.Train.Steps;
        foreach (var batch in _phase.Train.Shuffled(earlierEpochs))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var (loss, metric) = RunStep(batch, step, earlierEpochs, _schedule.Factor(step++));
            (lossSum, metricSum, images) = (lossSum + loss * batch.Count, metricSum + metric, images + batch.Count);
            _options.Progress?.Report(new($"Epoch {earlierEpochs + 1}", images, _phase.Train.Count));
            RequireFinite(loss);
        }
        var validation = Validate();
        // Without validation images, no loss shows whether the last step has spoiled the weights.
        RequireFinite(validation?.Loss ?? (HasFiniteWeights() ? 0 : double.NaN));
        return new EpochMetrics(_phase.Name, earlierEpochs + 1, LearningRate(step - 1), lossSum / images, validation?.Loss,
            clock.Elapsed.TotalSeconds)
        {
            TrainingMetrics = Named(_phase.Train.TrainingMetric, metricSum / images),
            ValidationMetrics = Named(_phase.Validation.ValidationMetric, validation?.Metric),
        };

        void RequireFinite(double loss)
        {
            if (!double.IsFinite(loss))
                throw new TrainingException(string.Create(CultureInfo.InvariantCulture,
                    $"The loss is {loss} in epoch {earlierEpochs + 1}, at a learning rate of {LearningRate(step - 1):g3}. ")
                    + string.Create(CultureInfo.InvariantCulture,
                    $"Try a learning rate of {_options.EffectiveLearningRate / 10:g3}, or a longer warm-up."));
        }
    }

    /// <summary>Searches for a learning rate. The weights are unusable afterwards.</summary>
    /// <exception cref="TrainingException">No learning rate was found.</exception>
    public double FindLearningRate()
    {
        var finder = new LearningRateFinder();
        _module.train();
        int step = 0;
        for (int epoch = 0; ; epoch++)
            foreach (var batch in _phase.Train.Shuffled(epoch))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                double rate = finder.Rate(step);
                if (!finder.Add(RunStep(batch, step++, epoch, rate / _options.EffectiveLearningRate).Loss))
                    return finder.Suggestion();
            }
    }

    /// <summary>Keeps the current weights as the best.</summary>
    public void KeepBest() => Best = Evaluated.CopyWeights();

    /// <summary>Writes a checkpoint.</summary>
    public void WriteCheckpoint(string path, TrainingState state)
    {
        var weights = new Dictionary<string, StateDict>
        {
            ["model"] = _module.CopyWeights(),
            ["best"] = Best!,
            ["optimizer"] = _optimizer.CopyState(),
        };
        if (_ema is not null)
            weights["average"] = _ema.Module.CopyWeights();
        state.Write(path, weights);
    }

    /// <summary>Restores the weights and the optimizer's state of a checkpoint.</summary>
    public void Restore(Dictionary<string, StateDict> weights)
    {
        _module.CopyFrom(weights["model"]);
        _ema?.Module.CopyFrom(weights["average"]);
        Best = weights["best"];
        _optimizer.CopyFrom(weights["optimizer"]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _module.Dispose();
        _ema?.Dispose();
    }

    private static Dictionary<string, double> Named(string name, double? value) => value is { } number ? new() { [name] = number } : [];

    private double LearningRate(int step) => _options.EffectiveLearningRate * _schedule.Factor(step);

    private TorchNetwork CreateModule()
    {
        bool updateStatistics = _options.UpdateBatchNormStatistics ?? _options.Weights == Pretrained.None;
        var module = new TorchNetwork(_phase.Network) { StatisticsFrozen = !updateStatistics };
        using (NewDisposeScope())
            foreach (string key in _phase.FrozenParameters)
                module.get_parameter(key)!.requires_grad_(false);
        module.to(_device);
        return module;
    }

    // The scope disposes the tensors of a step; only the parameters and the optimizer's state outlive it.
    private (double Loss, double MetricSum) RunStep(Batch batch, int step, int epoch, double rateFactor)
    {
        using var scope = NewDisposeScope();
        // The random numbers of dropout and mixup follow from the seed and the step, so that a resumed training draws the same.
        long seed = unchecked(_options.Seed * 1_000_003L + epoch * 7919L + step);
        using var generator = random.manual_seed(seed);
        if (_device.type == DeviceType.CUDA)
            cuda.manual_seed_all(seed);
        try
        {
            var (loss, metricSum) = _phase.Train.Forward(_module, batch, _device, _mixedPrecision, step);
            _optimizer.ZeroGrad();
            loss.backward();
            if (_options.ClipNorm > 0)
                nn.utils.clip_grad_norm_(_module.parameters(), _options.ClipNorm);
            _optimizer.Step(rateFactor);
            _ema?.Update(_module, step);
            return (loss.item<float>(), metricSum);
        }
        catch (Exception e) when (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new TrainingException($"A batch size of {_options.BatchSize} is too large for the memory of {_options.Device}: "
                + $"try {Math.Max(2, _options.BatchSize / 2)}.", e);
        }
    }

    private (double Loss, double Metric)? Validate()
    {
        if (_phase.Validation.Count == 0)
            return null;
        Evaluated.eval();
        using var frozen = no_grad();
        return _phase.Validation.Evaluate(Evaluated, _device);
    }

    private bool HasFiniteWeights()
    {
        using var scope = NewDisposeScope();
        return Evaluated.parameters().All(p => p.isfinite().all().item<bool>());
    }
}
