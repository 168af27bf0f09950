using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Training;

/// <summary>
/// Fine-tunes a pretrained network to classify images. The outputs of its frozen layers are computed once, on a CPU in ONNX Runtime; the
/// other layers are trained in Torch.
/// </summary>
public sealed class FineTuner
{
    private const string AddedLayer = "added", Logits = "logits";
    private static readonly EpochSelection Selection = new(CrossEntropyLoss.Accuracy);

    private readonly FineTuneOptions _options;
    private readonly IReadOnlyList<Example> _train, _validation;
    private readonly int _classes;
    private readonly CancellationToken _cancellationToken;

    private FineTuner(FineTuneOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation, int classes,
        CancellationToken cancellationToken) =>
        (_options, _train, _validation, _classes, _cancellationToken) = (options, train, validation, classes, cancellationToken);

    /// <summary>
    /// Trains, and returns the network of the epoch with the highest validation accuracy, or of the last without validation images.
    /// </summary>
    /// <param name="options">The options.</param>
    /// <param name="train">The training images with their labels.</param>
    /// <param name="validation">The validation images, which only choose the best epoch; may be empty.</param>
    /// <param name="classes">The number of classes.</param>
    /// <param name="cancellationToken">Ends the training after the current step; the best network so far is returned, if an epoch is
    /// done.</param>
    /// <exception cref="ArgumentException">An option is invalid, or a label is not one of the classes.</exception>
    /// <exception cref="DllNotFoundException">The program does not include the native libtorch; the message says what to add.</exception>
    /// <exception cref="OperationCanceledException">The training was canceled before its first epoch was done.</exception>
    /// <exception cref="TrainingException">The loss is not finite, a batch does not fit the memory, or no learning rate was
    /// found.</exception>
    public static TrainedNetwork Train(FineTuneOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation,
        int classes, CancellationToken cancellationToken = default)
    {
        options = TrainingGuard.Check(options, train, validation);
        foreach (int label in train.Concat(validation).Select(e => e.Label))
            if (label < 0 || label >= classes)
                throw new ArgumentException($"A label of {label} is invalid: it must be from 0 to {classes - 1}.", nameof(train));
        return new FineTuner(options, train, validation, classes, cancellationToken).Run();
    }

    private TrainedNetwork Run()
    {
        var (network, preprocessing) = Load();
        using var _ = network.Weights;
        var loop = new TrainingLoop(_options, network, Selection, CreateFingerprint, _cancellationToken);
        var phases = Phases(network.Graph).Select(p => (Func<TrainingPhase>)(() => CreatePhase(network, preprocessing, p.Cut, p.Options)));
        var (history, best) = loop.Run([.. phases]);
        var weights = network.Weights.Copy(network.Graph.State.Select(s => s.Key));
        return new TrainedNetwork(network with { Weights = weights }, preprocessing, history, best);

        SortedDictionary<string, string> CreateFingerprint() =>
            Fingerprint.Of(_options, network.Graph, _train, _validation, ("effective preprocessing", preprocessing));
    }

    private (Network Network, Preprocessing Preprocessing) Load()
    {
        bool added = _options.Mode == FineTuneMode.AddedLayer;
        var pretrained = Pretrained.Load(_options.Backbone, _options.Weights, added ? null : _classes,
            _options.Preprocessing, _options.Seed, _options.DownloadProgress);
        var (network, preprocessing, source) = pretrained;
        if (pretrained.ReplacedClasses is { } replaced)
            _options.MessageCallback?.Invoke(
                $"The last layer of {source} has {replaced} classes: it is replaced by a new one for the {_classes} classes here.");
        if (!added)
            return (network, preprocessing);
        Checkpoint.CheckNumbers(network.Graph, network.Weights, source,
            "these weights have no classifier, which the mode AddedLayer needs: set the mode LastLayer");
        var graph = network.Graph.UntilOutput().With(output => output.Linear(AddedLayer, _classes).As(Logits));
        foreach (var (key, parameter) in graph.State.Where(s => s.Key.StartsWith(AddedLayer + ".", StringComparison.Ordinal)))
            network.Weights[key] = RandomWeights.Create(key, parameter, _options.Seed);
        return (network with { Graph = graph }, preprocessing);
    }

    // For each phase, the last frozen node (null where all layers are trained), and its options.
    private List<(Node? Cut, FineTuneOptions Options)> Phases(Graph graph)
    {
        var nodes = graph.UntilOutput().Nodes;
        var cutPoints = graph.CutPoints();
        var beforeLastLayer = Before(nodes.Last(n => n.Parameters.Count > 0));
        var cut = _options.Mode switch
        {
            FineTuneMode.LastLayer or FineTuneMode.AddedLayer => beforeLastLayer,
            FineTuneMode.LastLayers when _options.From is { } from => Before(nodes.FirstOrDefault(n => IsIn(n, from)) ?? graph.Find(from)),
            FineTuneMode.LastLayers => graph.BeforeLastStages(_options.Stages),
            _ => null,
        };
        if (cut is not null && graph.From(cut.Name).State.All(s => s.Parameter.IsBuffer))
            throw new ArgumentException($"Training from '{_options.From}' on is invalid: no layer with parameters follows. "
                + $"The last layer with parameters follows '{beforeLastLayer?.Name}'.");
        int frozenEpochs = _options.FreezeEpochs;
        return frozenEpochs == 0 ? [(cut, With(_options.Mode, _options.Epoch))]
            : [(beforeLastLayer, With(FineTuneMode.LastLayer, frozenEpochs)), (cut, With(_options.Mode, _options.Epoch - frozenEpochs))];

        static bool IsIn(Node node, string block) => node.Name == block || node.Name.StartsWith(block + ".", StringComparison.Ordinal);

        FineTuneOptions With(FineTuneMode mode, int epochs)
        {
            var options = (FineTuneOptions)_options.Copy();
            (options.Mode, options.Epoch) = (mode, epochs);
            return options;
        }

        // The last cut point before a node. Dropout belongs to the trained layers, because it is random in training.
        Node? Before(Node node) =>
            nodes.TakeWhile(n => n != node).LastOrDefault(n => n.Operator is not Dropout and not Input && cutPoints.Contains(n));
    }

    private TrainingPhase CreatePhase(Network network, Preprocessing preprocessing, Node? cut, FineTuneOptions options)
    {
        // The rate grows with the depth in the whole network, and the network that is returned is the one without.
        var whole = options.DropPath is { } rate ? network with { Graph = network.Graph.WithDropPath(rate) } : network;
        var trained = cut is null ? whole : whole.From(cut.Name);
        var auxiliary = _options.Backbone.Auxiliary.Where(a => trained.Graph.Aliases.ContainsKey(a.Key)).Select(a => (a.Key, a.Value));
        float[]? weights = options.BalanceClasses ? CrossEntropyLoss.BalancedWeights(_train, _classes) : null;
        var loss = new CrossEntropyLoss(_train, _classes, options.LabelSmoothing, weights, [(Logits, 1), .. auxiliary]);
        var validationLoss = new CrossEntropyLoss(_validation, _classes, smoothing: 0, classWeights: null, (Logits, 1));
        return new(NameOf(options.Mode), options, trained, CreateLoader(_train, options.Augmentation, loss),
            CreateLoader(_validation, Augmentation.None, validationLoss));

        DataLoader CreateLoader(IReadOnlyList<Example> examples, Augmentation augmentation, Criterion criterion)
        {
            NetworkInputs inputs = cut is null || cut == network.Graph.Input
                ? new PixelInputs(examples, preprocessing, augmentation, options.Seed)
                : new CachedActivations(
                    network.Until(cut.Name), examples, preprocessing, augmentation, options, "Frozen layers", _cancellationToken);
            return new ImageDataLoader(examples.Count, inputs, criterion, trained.Graph.Input.Shape, options);
        }
    }

    private static string NameOf(FineTuneMode mode) => mode switch
    {
        FineTuneMode.LastLayer => "last layer",
        FineTuneMode.AddedLayer => "added layer",
        FineTuneMode.LastLayers => "last layers",
        _ => TrainingPhase.AllLayers,
    };
}
