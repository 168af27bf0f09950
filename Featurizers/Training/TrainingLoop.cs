using TransferKit.Engines;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Runs the phases and epochs of a training: keeps the best weights, writes checkpoints and resumes from them.</summary>
/// <param name="options">The options.</param>
/// <param name="network">The network. However the training ends, it has the best weights afterwards.</param>
/// <param name="selection">How epochs are compared.</param>
/// <param name="fingerprint">Describes the training, so that only the same one is resumed; called only where there are checkpoints.</param>
/// <param name="cancellationToken">Ends the training after the current step.</param>
internal sealed class TrainingLoop(TrainingOptions options, Network network, EpochSelection selection,
    Func<SortedDictionary<string, string>> fingerprint, CancellationToken cancellationToken)
{
    private readonly SortedDictionary<string, string> _fingerprint = options.Checkpoint is null ? [] : fingerprint();
    private readonly List<EpochMetrics> _history = [];
    private int _bestEpoch;

    /// <summary>Trains.</summary>
    /// <param name="phases">Creates the phases, one after the other.</param>
    /// <returns>The metrics of each epoch, and the number of the best epoch, counted from 1.</returns>
    /// <exception cref="OperationCanceledException">The training was canceled before its first epoch was done.</exception>
    public (TrainingHistory History, int BestEpoch) Run(params IReadOnlyList<Func<TrainingPhase>> phases)
    {
        var checkpoint = ReadCheckpoint();
        if (checkpoint is { State: var state, Weights: var weights })
        {
            _history.AddRange(state.History);
            _bestEpoch = state.BestEpoch;
            SetWeights(weights["best"]);
        }
        for (int phase = checkpoint?.State.Phase ?? 0; phase < phases.Count; phase++)
        {
            try
            {
                using var current = phases[phase]();
                // Cached files are needed only by a training that can be resumed, until it is done.
                if (options.Checkpoint is null)
                    current.DeleteOnDispose();
                Run(phase, current, checkpoint);
                current.DeleteOnDispose();
            }
            catch (OperationCanceledException) when (_bestEpoch > 0)
            {
                break;
            }
            checkpoint = null;
        }
        return (new TrainingHistory(_history), _bestEpoch);
    }

    private void Run(int number, TrainingPhase phase, CheckpointFile? checkpoint)
    {
        if (options.FindLearningRate)
        {
            using var probe = checkpoint is null ? new PhaseTrainer(phase, cancellationToken) : null;
            phase.Options.LearningRate = probe?.FindLearningRate() ?? checkpoint!.State.LearningRate;
        }
        using var trainer = new PhaseTrainer(phase, cancellationToken);
        if (checkpoint is not null)
            trainer.Restore(checkpoint.Weights);
        else if (_bestEpoch > 0)
            trainer.KeepBest();
        int firstEpoch = checkpoint?.State.PhaseEpoch ?? 0, earlierEpochs = _history.Count - firstEpoch;
        for (int epoch = firstEpoch; epoch < phase.Options.Epoch && !ShouldStop(earlierEpochs); epoch++)
        {
            var metrics = trainer.RunEpoch(epoch, _history.Count);
            _history.Add(metrics);
            if (_bestEpoch == 0 || selection.IsBetter(metrics, _history[_bestEpoch - 1]))
            {
                _bestEpoch = _history.Count;
                trainer.KeepBest();
                SetWeights(trainer.Best!);
            }
            if (options.Checkpoint is { } path)
                trainer.WriteCheckpoint(path,
                    new TrainingState(_fingerprint, number, epoch + 1, _history, _bestEpoch, phase.Options.EffectiveLearningRate));
            options.EpochProgress?.Report(metrics);
        }
    }

    private bool ShouldStop(int earlierEpochs) =>
        options.EarlyStoppingCriteria?.ShouldStop(_history.Skip(earlierEpochs).Select(selection.ValueOf)) == true;

    private CheckpointFile? ReadCheckpoint()
    {
        if (!options.Resume || !File.Exists(options.Checkpoint))
            return null;
        var checkpoint = TrainingState.Read(options.Checkpoint);
        string[] changes = Fingerprint.Changes(checkpoint.State.Fingerprint, _fingerprint);
        return changes.Length == 0 ? checkpoint : throw new ResumeException(options.Checkpoint, changes);
    }

    private void SetWeights(StateDict best)
    {
        foreach (var (key, tensor) in best)
            network.Weights[key] = tensor;
    }
}
