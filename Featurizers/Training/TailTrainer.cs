using System.Diagnostics;
using System.Globalization;
using TorchSharp;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Torch;
using TransferKit.Weights;
using static TorchSharp.torch;

namespace TransferKit.Training;

/// <summary>Trains the part of a network that is not frozen, epoch by epoch.</summary>
internal sealed class TailTrainer : IDisposable
{
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<Example> _train, _validation;
    private readonly TailInputs _trainInputs, _validationInputs;
    private readonly int _classes, _steps;
    private readonly CancellationToken _cancel;
    private readonly Network _tail;
    private readonly TorchNetwork _module;
    private readonly TorchNetwork? _average;
    private readonly ParameterGroups _groups;
    private readonly Schedule _schedule;
    private readonly Device _device;
    private readonly Tensor? _classWeights;
    private readonly (string Node, double Weight)[] _outputs;

    public TailTrainer(Network tail, Backbone backbone, TrainingOptions options, IReadOnlyList<Example> train, TailInputs trainInputs,
        IReadOnlyList<Example> validation, TailInputs validationInputs, int classes, int epochs, CancellationToken cancel)
    {
        (_tail, _options, _train, _trainInputs, _validation, _validationInputs, _classes, _cancel) = (tail, options, train, trainInputs, validation, validationInputs, classes, cancel);
        // A last batch of one image would have no variance; it is left out.
        _steps = train.Count / options.BatchSize + (train.Count % options.BatchSize > 1 ? 1 : 0);
        _schedule = new Schedule(options.Schedule, epochs * _steps, options.WarmUp);
        _device = TorchFrozen.Find(options.Device);
        _module = Module();
        _average = options.AverageDecay > 0 ? Module() : null;
        _groups = new ParameterGroups(_module, tail.Graph, options, options.Rate);
        _classWeights = options.BalanceClasses ? tensor(Targets.Balanced(train, classes)).to(_device) : null;
        _outputs = [("logits", 1), .. backbone.Auxiliary.Where(a => tail.Graph.Aliases.ContainsKey(a.Key)).Select(a => (a.Key, a.Value))];
    }

    /// <summary>The best weights so far.</summary>
    public StateDict? Best { get; private set; }

    private TorchNetwork Evaluated => _average ?? _module;

    /// <summary>One pass over the training images and one over the validation images.</summary>
    /// <param name="epoch">Counted from 0, in this phase.</param>
    /// <param name="before">Epochs of earlier phases and this one.</param>
    /// <exception cref="OperationCanceledException">It was cancelled on the way.</exception>
    public EpochMetrics Epoch(int epoch, int before)
    {
        var clock = Stopwatch.StartNew();
        _module.train();
        double loss = 0, correct = 0;
        int seen = 0, step = epoch * _steps;
        foreach (var batch in Batches(Shuffled(before), _trainInputs, before))
        {
            _cancel.ThrowIfCancellationRequested();
            var (l, c) = Step(batch, step, before, _schedule.At(step++));
            (loss, correct, seen) = (loss + l * batch.Examples.Length, correct + c, seen + batch.Examples.Length);
            _options.Progress?.Report(new($"Epoch {before + 1}", seen, _train.Count));
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

        return new EpochMetrics(before + 1, Rate(step - 1), loss / seen, correct / seen, validationLoss, accuracy, clock.Elapsed.TotalSeconds);
    }

    /// <summary>Looks for a learning rate; the weights are of no use afterwards.</summary>
    public double FindRate()
    {
        var finder = new LearningRateFinder();
        _module.train();
        int step = 0;
        for (int epoch = 0; ; epoch++)
            foreach (var batch in Batches(Shuffled(epoch), _trainInputs, epoch))
            {
                _cancel.ThrowIfCancellationRequested();
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
        var weights = new Dictionary<string, StateDict> { ["model"] = _module.CopyWeights(), ["best"] = Best! };
        if (_average is not null)
            weights["average"] = _average.CopyWeights();
        state.Write(path, weights, _groups.Optimizer);
    }

    /// <summary>Goes on from a checkpoint.</summary>
    public void Restore(Dictionary<string, StateDict> weights, byte[] optimizer)
    {
        _module.CopyFrom(weights["model"]);
        _average?.CopyFrom(weights["average"]);
        Best = weights["best"];
        using var reader = new BinaryReader(new MemoryStream(optimizer));
        _groups.Optimizer.load_state_dict(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _groups.Optimizer.Dispose();
        _module.Dispose();
        _average?.Dispose();
        _classWeights?.Dispose();
    }

    private IEnumerable<int[]> Shuffled(int epoch)
    {
        int[] order = [.. Enumerable.Range(0, _train.Count)];
        new Random(unchecked(_options.Seed * 7919 + epoch)).Shuffle(order);
        return order.Chunk(_options.BatchSize).Take(_steps);
    }

    private double Rate(int step) => _options.Rate * _schedule.At(step);

    private TorchNetwork Module()
    {
        var module = new TorchNetwork(_tail) { StatisticsFrozen = !(_options.UpdateStatistics ?? _options.Weights == Pretrained.None) };
        module.to(_device);
        return module;
    }

    // The tensors of a step go with its scope; only the parameters and the optimizer's state outlive it.
    private (double Loss, int Correct) Step(Batch batch, int step, int epoch, double part)
    {
        using var scope = NewDisposeScope();
        // Dropout's and mixup's numbers follow from the seed and the step, so that a resumed training draws the same.
        long seed = unchecked(_options.Seed * 1_000_003L + epoch * 7919L + step);
        using var generator = random.manual_seed(seed);
        if (_device.type == DeviceType.CUDA)
            cuda.manual_seed_all(seed);
        _groups.SetRate(part);
        try
        {
            var (x, y) = (Input(batch), Targets.Of([.. batch.Examples.Select(e => _train[e].Label)], _classes, _options.LabelSmoothing).to(_device));
            if (_options.Mixup > 0)
                (x, y) = Targets.Mix(x, y, _options.Mixup, new Random(unchecked(_options.Seed * 104_729 + step)));
            var outputs = _module.Values(x, [.. _outputs.Select(o => o.Node)]);
            var loss = outputs.Zip(_outputs).Select(o => Targets.Loss(o.First, y, _classWeights) * o.Second.Weight).Aggregate((a, b) => a + b);
            _groups.Optimizer.zero_grad();
            loss.backward();
            if (_options.ClipNorm > 0)
                nn.utils.clip_grad_norm_(_module.parameters(), _options.ClipNorm);
            _groups.Optimizer.step();
            Average(step);
            return (loss.item<float>(), (int)(outputs[0].argmax(1) == y.argmax(1)).sum().item<long>());
        }
        catch (Exception e) when (e.Message.Contains("out of memory", StringComparison.OrdinalIgnoreCase))
        {
            throw new TrainingException($"A batch of {_options.BatchSize} images is too large for the memory of {_options.Device}; try {Math.Max(2, _options.BatchSize / 2)}.", e);
        }
    }

    private (double? Loss, double? Accuracy) Validate()
    {
        if (_validation.Count == 0)
            return (null, null);
        Evaluated.eval();
        using var frozen = no_grad();
        double loss = 0, correct = 0;
        foreach (var batch in Batches(Enumerable.Range(0, _validation.Count).Chunk(_options.BatchSize), _validationInputs, epoch: 0))
        {
            using var scope = NewDisposeScope();
            var logits = Evaluated.forward(Input(batch));
            var y = Targets.Of([.. batch.Examples.Select(e => _validation[e].Label)], _classes, smoothing: 0).to(_device);
            loss += Targets.Loss(logits, y, weights: null).item<float>() * batch.Examples.Length;
            correct += (logits.argmax(1) == y.argmax(1)).sum().item<long>();
        }
        return (loss / _validation.Count, correct / _validation.Count);
    }

    private void Average(int step)
    {
        if (_average is null)
            return;
        using var frozen = no_grad();
        // At first the average follows closely, or the untrained head would stay in it for long.
        double decay = Math.Min(_options.AverageDecay, (1.0 + step) / (10 + step));
        foreach (var ((_, own), (_, average)) in _module.named_parameters().Zip(_average.named_parameters()))
            average.lerp_(own, 1 - decay);
        foreach (var ((_, own), (_, average)) in _module.named_buffers().Zip(_average.named_buffers()))
            average.copy_(own);
    }

    private bool Finite()
    {
        using var scope = NewDisposeScope();
        return Evaluated.parameters().All(p => p.isfinite().all().item<bool>());
    }

    private Tensor Input(Batch batch)
    {
        var shape = _tail.Graph.Input.Shape;
        using var values = tensor(batch.Values, [batch.Examples.Length, .. shape.Dimensions]);
        // A copy of libtorch's own lies as its matrix products like it; on the array itself their rounding would depend on its address.
        using var x = _device.type == DeviceType.CPU ? values.clone() : values.to(_device);
        return shape.IsVector ? x.alias() : TorchNetwork.ChannelsLast(x);
    }

    private IEnumerable<Batch> Batches(IEnumerable<int[]> batches, TailInputs inputs, int epoch) => LookAhead.Select(batches, examples =>
    {
        float[] values = new float[examples.Length * inputs.Width];
        for (int i = 0; i < examples.Length; i++)
            inputs.Read(examples[i], epoch, values.AsSpan(i * inputs.Width, inputs.Width));
        return new Batch(examples, values);
    }, _options.Threads ?? Environment.ProcessorCount);

    private sealed record Batch(int[] Examples, float[] Values);
}
