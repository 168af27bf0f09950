using TransferKit.Engines;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Goes through the phases and epochs of a training: keeps the best weights, writes checkpoints and goes on from them.</summary>
/// <param name="options">How.</param>
/// <param name="network">Whatever ends the training, its weights are the best until then.</param>
/// <param name="fingerprint">What must be the same for a training to go on.</param>
/// <param name="cancellationToken">Ends it after the current step.</param>
internal sealed class TrainingLoop(TrainingOptions options, Network network, string fingerprint, CancellationToken cancellationToken)
{
    private readonly List<EpochMetrics> _history = [];
    private int _best;

    /// <summary>Trains.</summary>
    /// <returns>What each epoch gave, and which was the best, counted from 1.</returns>
    public (IReadOnlyList<EpochMetrics> History, int BestEpoch) Run(params IReadOnlyList<Func<TrainingPhase>> phases)
    {
        var checkpoint = Resumed();
        if (checkpoint is { State: var state, Weights: var weights })
        {
            _history.AddRange(state.History);
            _best = state.BestEpoch;
            TakeOver(weights["best"]);
        }
        for (int phase = checkpoint?.State.Phase ?? 0; phase < phases.Count; phase++)
        {
            try
            {
                using var current = phases[phase]();
                // Only a training that can be resumed has use for them, unless it ends here.
                if (options.Checkpoint is null)
                    current.Forget();
                Run(phase, current, checkpoint);
                current.Forget();
            }
            catch (OperationCanceledException) when (_best > 0)
            {
                break;
            }
            checkpoint = null;
        }
        return (_history, _best);
    }

    private void Run(int number, TrainingPhase phase, CheckpointFile? checkpoint)
    {
        if (options.FindLearningRate)
        {
            using var probe = checkpoint is null ? new NetworkTrainer(phase, cancellationToken) : null;
            phase.Options.LearningRate = probe?.FindRate() ?? checkpoint!.State.Rate;
        }
        using var trainer = new NetworkTrainer(phase, cancellationToken);
        if (checkpoint is not null)
            trainer.Restore(checkpoint.Weights);
        else if (_best > 0)
            trainer.KeepBest();
        int first = checkpoint?.State.PhaseEpoch ?? 0, before = _history.Count - first;
        for (int epoch = first; epoch < phase.Options.Epoch && options.EarlyStoppingCriteria?.IsOver(_history.Skip(before)) != true; epoch++)
        {
            var metrics = trainer.Epoch(epoch, _history.Count);
            _history.Add(metrics);
            if (_best == 0 || Better(metrics, _history[_best - 1]))
            {
                _best = _history.Count;
                trainer.KeepBest();
                TakeOver(trainer.Best!);
            }
            if (options.Checkpoint is { } path)
                trainer.Write(path, new TrainingState(fingerprint, number, epoch + 1, _history, _best, phase.Options.Rate));
            options.EpochProgress?.Report(metrics);
        }
    }

    private CheckpointFile? Resumed()
    {
        if (!options.Resume || !File.Exists(options.Checkpoint))
            return null;
        var file = TrainingState.Read(options.Checkpoint);
        return file.State.Fingerprint == fingerprint ? file
            : throw new ArgumentException($"'{options.Checkpoint}' is of a training with other settings: {file.State.Fingerprint}; now {fingerprint}. Resume with the same, or remove it.");
    }

    private void TakeOver(StateDict better)
    {
        foreach (var (key, tensor) in better)
            network.Weights[key] = tensor;
    }

    private bool Better(EpochMetrics one, EpochMetrics other) =>
        // Without validation images, the last is taken.
        one.ValidationAccuracy is not { } accuracy || (!options.ChoosesByLoss && accuracy > other.ValidationAccuracy)
            || ((options.ChoosesByLoss || accuracy == other.ValidationAccuracy) && one.ValidationCrossEntropy < other.ValidationCrossEntropy);
}
