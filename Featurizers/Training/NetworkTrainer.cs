using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TransferKit.Backbones;
using TransferKit.Engines.Torch;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Trains a network, epoch by epoch.</summary>
internal sealed class NetworkTrainer : IDisposable
{
    private readonly TrainingPhase _phase;
    private readonly TrainingOptions _options;
    private readonly CancellationToken _cancellationToken;
    private readonly TorchNetwork _module;
    private readonly TorchNetwork? _average;
    private readonly Optimizer _optimizer;
    private readonly Schedule _schedule;
    private readonly Device _device;
    private readonly bool _mixed;

    public NetworkTrainer(TrainingPhase phase, CancellationToken cancellationToken)
    {
        (_phase, _options, _cancellationToken) = (phase, phase.Options, cancellationToken);
        _schedule = new Schedule(_options.Schedule, _options.Epoch * phase.Train.Steps, _options.WarmUpFraction);
        _device = TorchInference.FindDevice(_options.Device);
        _mixed = _options.MixedPrecision ?? _device.type == DeviceType.CUDA;
        _module = Module();
        _average = _options.EmaDecay > 0 ? Module() : null;
        _optimizer = new Optimizer(_module, phase.Network.Graph, _options);
    }

    /// <summary>The best weights so far.</summary>
    public StateDict? Best { get; private set; }

    private TorchNetwork Evaluated => _average ?? _module;

    /// <summary>One pass over the training images and one over the validation images.</summary>
    /// <param name="epoch">Counted from 0, in this phase.</param>
    /// <param name="before">Epochs of earlier phases and this one.</param>
    /// <exception cref="OperationCanceledException">It was canceled on the way.</exception>
    public EpochMetrics Epoch(int epoch, int before)
    {
        var clock = Stopwatch.StartNew();
        _module.train();
        double loss = 0, right = 0;
        int seen = 0, step = epoch * _phase.Train.Steps;
        foreach (var batch in _phase.Train.Shuffled(before))
        {
            _cancellationToken.ThrowIfCancellationRequested();
            var (l, r) = Step(batch, step, before, _schedule.At(step++));
            (loss, right, seen) = (loss + l * batch.Count, right + r, seen + batch.Count);
            _options.Progress?.Report(new($"Epoch {before + 1}", seen, _phase.Train.Count));
            Check(l);
        }
        var (validationLoss, accuracy) = Validate();
        // Without validation images, the last step's harm would not show in any loss.
        Check(validationLoss ?? (Finite() ? 0 : double.NaN));
        void Check(double l)
        {
            if (!double.IsFinite(l))
                throw new TrainingException(string.Create(CultureInfo.InvariantCulture, $"The loss is {l} in epoch {before + 1}, at a learning rate of {Rate(step - 1):g3}. Try a highest rate of {_options.Rate / 10:g3}, or a longer warm-up."));
        }

        return new EpochMetrics(_options.Mode, before + 1, Rate(step - 1), loss / seen, right / seen, validationLoss, accuracy, clock.Elapsed.TotalSeconds) { ValidationMeasure = _phase.Validation.Measured };
    }

    /// <summary>Looks for a learning rate; the weights are of no use afterwards.</summary>
    public double FindRate()
    {
        var finder = new LearningRateFinder();
        _module.train();
        int step = 0;
        for (int epoch = 0; ; epoch++)
            foreach (var batch in _phase.Train.Shuffled(epoch))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                double rate = finder.Rate(step);
                if (!finder.Add(Step(batch, step++, epoch, rate / _options.Rate).Loss))
                    return finder.Suggestion();
            }
    }

    /// <summary>Takes the weights as they are now as the best.</summary>
    public void KeepBest() => Best = Evaluated.CopyWeights();

    /// <summary>Writes a checkpoint.</summary>
    public void Write(string path, TrainingState state)
    {
        var weights = new Dictionary<string, StateDict> { ["model"] = _module.CopyWeights(), ["best"] = Best!, ["optimizer"] = _optimizer.CopyState() };
        if (_average is not null)
            weights["average"] = _average.CopyWeights();
        state.Write(path, weights);
    }

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(Dictionary<string, StateDict> weights)
    {
        _module.CopyFrom(weights["model"]);
        _average?.CopyFrom(weights["average"]);
        Best = weights["best"];
        _optimizer.CopyFrom(weights["optimizer"]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _module.Dispose();
        _average?.Dispose();
    }

    private double Rate(int step) => _options.Rate * _schedule.At(step);

    private TorchNetwork Module()
    {
        var module = new TorchNetwork(_phase.Network) { StatisticsFrozen = !(_options.UpdateStatistics ?? _options.Weights == Pretrained.None) };
        using (NewDisposeScope())
            foreach (string key in _phase.Frozen)
                module.get_parameter(key)!.requires_grad_(false);
        module.to(_device);
        return module;
    }

    // The tensors of a step go with its scope; only the parameters and the optimizer's state outlive it.
    private (double Loss, double Right) Step(Batch batch, int step, int epoch, double part)
    {
        using var scope = NewDisposeScope();
        // Dropout's and mixup's numbers follow from the seed and the step, so that a resumed training draws the same.
        long seed = unchecked(_options.Seed * 1_000_003L + epoch * 7919L + step);
        using var generator = random.manual_seed(seed);
        if (_device.type == DeviceType.CUDA)
            cuda.manual_seed_all(seed);
        try
        {
            var (loss, right) = _phase.Train.Measure(_module, batch, _device, _mixed, step);
            _optimizer.Clear();
            loss.backward();
            if (_options.ClipNorm > 0)
                nn.utils.clip_grad_norm_(_module.parameters(), _options.ClipNorm);
            _optimizer.Step(part);
            Average(step);
            return (loss.item<float>(), right);
        }
        catch (Exception e) when (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new TrainingException($"A batch of {_options.BatchSize} images is too large for the memory of {_options.Device}; try {Math.Max(2, _options.BatchSize / 2)}.", e);
        }
    }

    private (double? Loss, double? Accuracy) Validate()
    {
        var validation = _phase.Validation;
        if (validation.Count == 0)
            return (null, null);
        Evaluated.eval();
        using var frozen = no_grad();
        double loss = 0, right = 0;
        foreach (var batch in validation.InOrder())
        {
            using var scope = NewDisposeScope();
            var (l, r) = validation.Measure(Evaluated, batch, _device, mixed: false, step: null);
            (loss, right) = (loss + l.item<float>() * batch.Count, right + r);
        }
        return (loss / validation.Count, validation.Accuracy(right));
    }

    private void Average(int step)
    {
        if (_average is null)
            return;
        using var frozen = no_grad();
        // At first the average follows closely, or the untrained head would stay in it for long.
        double decay = Math.Min(_options.EmaDecay, (1.0 + step) / (10 + step));
        foreach (var ((_, own), (_, average)) in _module.named_parameters().Zip(_average.named_parameters()))
        {
            average.MultiplyInPlace(decay);
            average.AddInPlace(own, 1 - decay);
        }
        foreach (var ((_, own), (_, average)) in _module.named_buffers().Zip(_average.named_buffers()))
            average.copy_(own);
    }

    private bool Finite()
    {
        using var scope = NewDisposeScope();
        return Evaluated.parameters().All(p => p.isfinite().all().item<bool>());
    }
}
