using System.Globalization;
using System.Security.Cryptography;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>A network that was fine-tuned.</summary>
/// <param name="Network">From images to the logits of the classes.</param>
/// <param name="Preprocessing">What images go through first.</param>
/// <param name="History">What each epoch gave.</param>
/// <param name="BestEpoch">The epoch whose weights these are.</param>
public sealed record FineTuned(Network Network, Preprocessing Preprocessing, IReadOnlyList<EpochMetrics> History, int BestEpoch);

/// <summary>Fine-tunes a pretrained network to new classes. What stays frozen is computed once, in ONNX Runtime on a CPU; the rest learns in Torch.</summary>
public sealed class FineTuner
{
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<Example> _train, _validation;
    private readonly int _classes;
    private readonly CancellationToken _cancel;

    private FineTuner(TrainingOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, int classes, CancellationToken cancel) =>
        (_options, _train, _validation, _classes, _cancel) = (options, train, validation, classes, cancel);

    /// <summary>Trains, and returns the weights of the epoch that was best on the validation images, or of the last without any.</summary>
    /// <param name="options">How.</param>
    /// <param name="train">The images to learn from.</param>
    /// <param name="validation">Images that only choose the best epoch; may be empty.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="cancel">Ends the training after the current step; the best weights until then are returned, if an epoch is done.</param>
    /// <exception cref="ArgumentException">An option is impossible, or a label is none of the classes.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled before the first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is no number any more, a batch is too large for the memory, or no learning rate was found.</exception>
    public static FineTuned Train(TrainingOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, int classes, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        options.Validate();
        if (train.Count < 2)
            throw new ArgumentException($"{train.Count} images are too few to train on.", nameof(train));
        if (options.Patience > 0 && validation.Count == 0)
            throw new ArgumentException($"A patience of {options.Patience} epochs needs validation images to tell which epoch is better.", nameof(validation));
        if (train.Concat(validation).FirstOrDefault(e => e.Label < 0 || e.Label >= classes) is { Label: not 0 } wrong)
            throw new ArgumentException($"The label {wrong.Label} is none of the {classes} classes, 0 to {classes - 1}.", nameof(train));
        return new FineTuner(options.Copy(), train, validation, classes, cancel).Run();
    }

    private FineTuned Run()
    {
        var backbone = Registry.Get(_options.Backbone);
        var (network, preprocessing) = Load(backbone);
        using var _ = network.Weights;
        string fingerprint = _options.Checkpoint is null ? "" : Fingerprint(preprocessing);
        var (state, weights, optimizer) = Resumed(fingerprint);
        var history = new List<EpochMetrics>(state?.History ?? []);
        int best = state?.BestEpoch ?? 0;
        // Whatever ends the training from here on, the best weights are those of the network.
        TakeOver(weights.GetValueOrDefault("best"));
        var phases = Phases(network.Graph);
        for (int phase = state?.Phase ?? 0; phase < phases.Count; phase++)
        {
            var (cut, epochs) = phases[phase];
            try
            {
                using var train = Inputs(network, cut, preprocessing, _train, _options.Augmentation, epochs);
                using var validation = Inputs(network, cut, preprocessing, _validation, Augmentation.None, epochs);
                TailTrainer Trainer() => new(cut is null ? network : network.From(cut.Name), backbone, _options, _train, train, _validation, validation, _classes, epochs, _cancel);
                if (_options.FindLearningRate)
                {
                    using var probe = state is null ? Trainer() : null;
                    _options.LearningRate = probe?.FindRate() ?? state?.Rate;
                }
                using var trainer = Trainer();
                if (state is not null)
                    trainer.Restore(weights, optimizer);
                else if (best > 0)
                    trainer.KeepBest();
                int first = state?.PhaseEpoch ?? 0, before = history.Count - first;
                for (int epoch = first; epoch < epochs && !OutOfPatience(history.Count - Math.Max(best, before)); epoch++)
                {
                    var metrics = trainer.Epoch(epoch, history.Count);
                    history.Add(metrics);
                    if (best == 0 || Better(metrics, history[best - 1]))
                    {
                        best = history.Count;
                        trainer.KeepBest();
                        TakeOver(trainer.Best);
                    }
                    if (_options.Checkpoint is { } path)
                        trainer.Write(path, new TrainingState(fingerprint, phase, epoch + 1, history, best, _options.Rate));
                    _options.EpochProgress?.Report(metrics);
                }
            }
            catch (OperationCanceledException) when (best > 0)
            {
                break;
            }
            state = null;
        }
        var result = new StateDict();
        foreach (var (key, _) in network.Graph.State)
            result[key] = network.Weights[key].Copy();
        return new FineTuned(network with { Weights = result }, preprocessing, history, best);

        void TakeOver(StateDict? better)
        {
            foreach (var (key, tensor) in better ?? [])
                network.Weights[key] = tensor;
        }
    }

    private bool OutOfPatience(int epochs) => _options.Patience > 0 && epochs >= _options.Patience;

    private static bool Better(EpochMetrics one, EpochMetrics other) =>
        // Without validation images, the last is taken.
        one.ValidationAccuracy is not { } accuracy || accuracy > other.ValidationAccuracy
            || (accuracy == other.ValidationAccuracy && one.ValidationLoss < other.ValidationLoss);

    private (Network Network, Preprocessing Preprocessing) Load(Backbone backbone)
    {
        bool added = _options.Mode == FineTuneMode.AddedLayer;
        var pretrained = Pretrained.Load(backbone, _options.Weights, added ? null : _classes, _options.Preprocessing, _options.Seed, _options.DownloadProgress);
        if (!added)
            return (pretrained.Network, pretrained.Preprocessing);
        var graph = pretrained.Network.Graph.UntilOutput().With(output => output.Linear("added", _classes).As("logits"));
        foreach (var (key, parameter) in graph.State.Where(s => s.Key.StartsWith("added.", StringComparison.Ordinal)))
            pretrained.Network.Weights[key] = FreshWeights.Create(key, parameter, _options.Seed);
        return (pretrained.Network with { Graph = graph }, pretrained.Preprocessing);
    }

    // The node that each phase's trained part begins after, null for the images; and the epochs.
    private List<(Node? Cut, int Epochs)> Phases(Graph graph)
    {
        var nodes = graph.UntilOutput().Nodes;
        var points = graph.CutPoints();
        var last = Before(nodes.Last(n => n.Parameters.Count > 0));
        var own = _options.Mode switch
        {
            FineTuneMode.LastLayer or FineTuneMode.AddedLayer => last,
            FineTuneMode.LastLayers when _options.From is { } from => Before(nodes.FirstOrDefault(n => n.Name == from || n.Name.StartsWith(from + ".", StringComparison.Ordinal)) ?? graph.Find(from)),
            FineTuneMode.LastLayers => graph.BeforeLastStages(_options.Stages),
            _ => null,
        };
        if (own is not null && graph.From(own.Name).State.All(s => s.Parameter.IsBuffer))
            throw new ArgumentException($"From '{_options.From}' on there is nothing to train; '{last?.Name}' is the last node that something comes after.");
        return _options.FreezeEpochs == 0 ? [(own, _options.Epochs)] : [(last, _options.FreezeEpochs), (own, _options.Epochs - _options.FreezeEpochs)];

        // The last node before another that everything goes through; dropout is trained with, so it stays in the trained part.
        Node? Before(Node node) => nodes.TakeWhile(n => n != node).LastOrDefault(n => n.Operator is not Dropout and not Input && points.Contains(n));
    }

    private TailInputs Inputs(Network network, Node? cut, Preprocessing preprocessing, IReadOnlyList<Example> examples, Augmentation augmentation, int epochs) =>
        cut is null || cut == network.Graph.Input
            ? new PixelInputs(examples, preprocessing, augmentation, _options.Seed)
            : new FrozenInputs(network.Until(cut.Name), examples, preprocessing, augmentation, _options, epochs, _cancel);

    private (TrainingState? State, Dictionary<string, StateDict> Weights, byte[] Optimizer) Resumed(string fingerprint)
    {
        if (!_options.Resume || !File.Exists(_options.Checkpoint))
            return (null, [], []);
        var resumed = TrainingState.Read(_options.Checkpoint);
        return resumed.State.Fingerprint == fingerprint ? resumed
            : throw new ArgumentException($"'{_options.Checkpoint}' is of a training with other settings: {resumed.State.Fingerprint}; now {fingerprint}. Resume with the same, or remove it.");
    }

    // What must be the same for the rest of a training to be what it would have been.
    private string Fingerprint(Preprocessing preprocessing)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var example in _train.Concat(_validation))
        {
            hash.AppendData(BitConverter.GetBytes(example.Label));
            hash.AppendData(example.Image.Hash());
        }
        var o = _options;
        return string.Create(CultureInfo.InvariantCulture,
            $"{o.Backbone} {o.Weights} {preprocessing} {string.Join(' ', preprocessing.Mean.Concat(preprocessing.Std))} {o.Mode} {o.From} {o.Stages} {o.Epochs} {o.FreezeEpochs} {o.BatchSize} {(o.FindLearningRate ? "auto" : o.Rate)} {o.StageRate} {o.Optimizer} {o.Momentum} {o.Decay} {o.Schedule} {o.WarmUp} {o.LabelSmoothing} {o.Mixup} {o.BalanceClasses} {o.ClipNorm} {o.Patience} {o.AverageDecay} {o.UpdateStatistics} {o.Augmentation} {o.Views} {o.Seed}, {_train.Count} and {_validation.Count} images of {_classes} classes, {Convert.ToHexStringLower(hash.GetHashAndReset())[..16]}");
    }
}
