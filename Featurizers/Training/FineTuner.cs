using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>Fine-tunes a pretrained network to new classes. What stays frozen is computed once, in ONNX Runtime on a CPU; the rest learns in Torch.</summary>
public sealed class FineTuner
{
    private const string Logits = "logits";
    private readonly TrainingOptions _options;
    private readonly IReadOnlyList<Example> _train, _validation;
    private readonly int _classes;
    private readonly CancellationToken _cancellationToken;

    private FineTuner(TrainingOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, int classes, CancellationToken cancellationToken) =>
        (_options, _train, _validation, _classes, _cancellationToken) = (options, train, validation, classes, cancellationToken);

    /// <summary>Trains, and returns the weights of the epoch that was best on the validation images, or of the last without any.</summary>
    /// <param name="options">How.</param>
    /// <param name="train">The images to learn from.</param>
    /// <param name="validation">Images that only choose the best epoch; may be empty.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="cancellationToken">Ends the training after the current step; the best weights until then are returned, if an epoch is done.</param>
    /// <exception cref="ArgumentException">An option is impossible, or a label is none of the classes.</exception>
    /// <exception cref="OperationCanceledException">It was canceled before the first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is no number any more, a batch is too large for the memory, or no learning rate was found.</exception>
    public static TrainedNetwork Train(TrainingOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, int classes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        options.Validate();
        if (train.Count < 2)
            throw new ArgumentException($"{train.Count} images are too few to train on.", nameof(train));
        if (options.EarlyStoppingCriteria is { } early && validation.Count == 0)
            throw new ArgumentException($"A patience of {early.Patience} epochs needs validation images to tell which epoch is better.", nameof(validation));
        if (train.Concat(validation).FirstOrDefault(e => e.Label < 0 || e.Label >= classes) is { Label: not 0 } wrong)
            throw new ArgumentException($"The label {wrong.Label} is none of the {classes} classes, 0 to {classes - 1}.", nameof(train));
        return new FineTuner(options.Copy(), train, validation, classes, cancellationToken).Run();
    }

    private TrainedNetwork Run()
    {
        var backbone = _options.Backbone;
        var (network, preprocessing) = Load(backbone);
        using var _ = network.Weights;
        string fingerprint = _options.Checkpoint is null ? "" : Fingerprint.Of(_options, preprocessing, _train, _validation, $"{_classes} classes");
        var phases = Phases(network.Graph).Select(p => (Func<TrainingPhase>)(() => Phase(network, backbone, preprocessing, p.Cut, p.Options)));
        var (history, best) = new TrainingLoop(_options, network, fingerprint, _cancellationToken).Run([.. phases]);
        return new TrainedNetwork(network with { Weights = network.Weights.Copy(network.Graph.State.Select(s => s.Key)) }, preprocessing, new TrainingHistory(history), best);
    }

    private (Network Network, Preprocessing Preprocessing) Load(Backbone backbone)
    {
        bool added = _options.Mode == FineTuneMode.AddedLayer;
        var pretrained = Pretrained.Load(backbone, _options.Weights, added ? null : _classes, _options.Preprocessing, _options.Seed, _options.DownloadProgress, _cancellationToken);
        if (!added)
            return (pretrained.Network, pretrained.Preprocessing);
        Checkpoint.CheckNumbers(pretrained.Network.Graph, pretrained.Network.Weights, pretrained.Source,
            "a layer is added to a network with classes of its own, and these weights have none: train its last layer instead");
        var graph = pretrained.Network.Graph.UntilOutput().With(output => output.Linear("added", _classes).As("logits"));
        foreach (var (key, parameter) in graph.State.Where(s => s.Key.StartsWith("added.", StringComparison.Ordinal)))
            pretrained.Network.Weights[key] = RandomWeights.Create(key, parameter, _options.Seed);
        return (pretrained.Network with { Graph = graph }, pretrained.Preprocessing);
    }

    // The node that each phase's trained part begins after, null for the images; and how it is trained.
    private List<(Node? Cut, TrainingOptions Options)> Phases(Graph graph)
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
        return _options.FreezeEpochs == 0 ? [(own, With(_options.Mode, _options.Epoch))]
            : [(last, With(FineTuneMode.LastLayer, _options.FreezeEpochs)), (own, With(_options.Mode, _options.Epoch - _options.FreezeEpochs))];

        TrainingOptions With(FineTuneMode mode, int epochs)
        {
            var options = _options.Copy();
            (options.Mode, options.Epoch) = (mode, epochs);
            return options;
        }

        // The last node before another that everything goes through; dropout is trained with, so it stays in the trained part.
        Node? Before(Node node) => nodes.TakeWhile(n => n != node).LastOrDefault(n => n.Operator is not Dropout and not Input && points.Contains(n));
    }

    private TrainingPhase Phase(Network network, Backbone backbone, Preprocessing preprocessing, Node? cut, TrainingOptions options)
    {
        var tail = cut is null ? network : network.From(cut.Name);
        (string Node, double Weight)[] outputs = [(Logits, 1), .. backbone.Auxiliary.Where(a => tail.Graph.Aliases.ContainsKey(a.Key)).Select(a => (a.Key, a.Value))];
        float[]? weights = options.BalanceClasses ? Targets.Balanced(_train, _classes) : null;
        return new(options, tail, Of(_train, options.Augmentation, new(_train, _classes, options.LabelSmoothing, weights, outputs)),
            Of(_validation, Augmentation.None, new(_validation, _classes, smoothing: 0, weights: null, (Logits, 1))));

        Batches Of(IReadOnlyList<Example> examples, Augmentation augmentation, Classification goal)
        {
            TailInputs inputs = cut is null || cut == network.Graph.Input
                ? new PixelInputs(examples, preprocessing, augmentation, options.Seed)
                : new FrozenInputs(network.Until(cut.Name), examples, preprocessing, augmentation, options, _cancellationToken);
            return new ArrayBatches(examples.Count, inputs, goal, tail.Graph.Input.Shape, options);
        }
    }
}
