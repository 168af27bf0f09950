using System.CommandLine;
using TransferKit.Images;
using TransferKit.Pipelines.Trainers;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of every command that trains a network.</summary>
internal sealed class TrainingArguments(bool withMode = true)
{
    // Settings of which a value not given stays as the trainer has it.
    private static readonly FineTuneImagesEstimator.Options Default = new();

    private readonly Option<string> _backbone = new("--backbone") { Description = "The network; `transferkit models` lists them.", DefaultValueFactory = _ => Default.Backbone };
    private readonly Option<string?> _weights = NetworkOptions.WeightsOption();
    private readonly Option<string> _mode = Choice("--mode", "How much is trained.", "last-layer", "last-layer", "added-layer", "last-layers", "all");
    private readonly Option<string?> _from = new("--from") { Description = "With last-layers: the first node or block that is trained; see `summary`." };
    private readonly Option<int> _stages = Number("--stages", "With last-layers: how many of the last stages are trained.", Default.Stages);
    private readonly Option<int> _epochs = Number("--epochs", "Passes over the photos.", Default.Epoch);
    private readonly Option<int> _freezeEpochs = Number("--freeze-epochs", "How many of these train the last layer only.", Default.FreezeEpochs);
    private readonly Option<int> _batchSize = Number("--batch-size", "Photos of a step.", Default.BatchSize);
    private readonly Option<string?> _rate = new("--lr") { Description = "The highest learning rate, or auto to look for it; one that suits the mode unless given." };
    private readonly Option<double> _stageRate = Number("--stage-rate", "The rate of each stage as a part of the next one's.", Default.StageRate);
    private readonly Option<OptimizerKind> _optimizer = new("--optimizer") { Description = "What turns gradients into steps.", DefaultValueFactory = _ => Default.Optimizer };
    private readonly Option<ScheduleKind> _schedule = new("--schedule") { Description = "The course of the learning rate.", DefaultValueFactory = _ => Default.Schedule };
    private readonly Option<double?> _weightDecay = new("--weight-decay") { Description = "Weight decay, of all but normalisations and biases; one that suits the optimizer unless given." };
    private readonly Option<double> _warmUp = Number("--warm-up", "The part of the steps in which the rate rises from nothing.", Default.WarmUp);
    private readonly Option<double> _smoothing = Number("--label-smoothing", "The part of the probability spread over all classes.", Default.LabelSmoothing);
    private readonly Option<double> _mixup = Number("--mixup", "How much photos are blended with others; 0.2 is usual, 0 for not.", Default.Mixup);
    private readonly Option<bool> _balance = new("--balance") { Description = "Let photos of rare classes count for more." };
    private readonly Option<double> _clip = Number("--clip", "The largest norm of the gradient; 0 for no limit.", Default.ClipNorm);
    private readonly Option<double> _momentum = Number("--momentum", "The momentum of the optimizer sgd.", Default.Momentum);
    private readonly Option<double> _average = Number("--average", "Decay of a moving average of the weights, which is then used; 0 for none.", Default.AverageDecay);
    private readonly Option<int> _patience = Number("--patience", "How many epochs without a better one end the training; 0 for none.", 0);
    private readonly Option<string> _augment = Choice("--augment", "Random changes of the training photos.", "none", "none", "light", "strong");
    private readonly Option<int> _views = Number("--views", "Changed views of each photo that the frozen part computes.", Default.Views);
    private readonly Option<double> _validation = Number("--validation-fraction", "The part of each class that chooses the best epoch; 0 to take the last.", Default.ValidationSetFraction);
    private readonly Option<string> _device = new("--device") { Description = "Where the trained part runs: cpu, cuda, cuda:1.", DefaultValueFactory = _ => Default.Device };
    private readonly Option<int> _seed = Number("--seed", "Of everything random.", Default.Seed);

    /// <summary>The text of <c>--lr</c>.</summary>
    public const string AutoRate = "auto";

    public void AddTo(Command command)
    {
        if (withMode)
            command.Options.Add(_mode);
        foreach (Option option in new Option[] { _backbone, _weights, _from, _stages, _epochs, _freezeEpochs, _batchSize, _rate, _stageRate, _optimizer, _schedule,
            _weightDecay, _warmUp, _smoothing, _mixup, _balance, _clip, _momentum, _average, _patience, _augment, _views, _validation, _device, _seed })
            command.Options.Add(option);
    }

    /// <summary>Fills in what was asked for.</summary>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public FineTuneImagesEstimator.Options Read(ParseResult parsed, Shell shell)
    {
        string? rate = parsed.GetValue(_rate);
        double number = 0;
        if (rate is not (null or AutoRate) && !double.TryParse(rate, System.Globalization.CultureInfo.InvariantCulture, out number))
            throw new ArgumentException($"--lr {rate} is neither a number nor auto.");
        var options = new FineTuneImagesEstimator.Options
        {
            LabelColumnName = "LabelKey",
            Backbone = parsed.GetValue(_backbone)!,
            Weights = parsed.GetValue(_weights),
            Mode = withMode ? Mode(parsed.GetValue(_mode)!) : FineTuneMode.LastLayers,
            From = parsed.GetValue(_from),
            Stages = parsed.GetValue(_stages),
            Epoch = parsed.GetValue(_epochs),
            FreezeEpochs = parsed.GetValue(_freezeEpochs),
            BatchSize = parsed.GetValue(_batchSize),
            LearningRate = rate is null or AutoRate ? null : number,
            FindLearningRate = rate == AutoRate,
            StageRate = parsed.GetValue(_stageRate),
            Optimizer = parsed.GetValue(_optimizer),
            Schedule = parsed.GetValue(_schedule),
            WeightDecay = parsed.GetValue(_weightDecay),
            WarmUp = parsed.GetValue(_warmUp),
            LabelSmoothing = parsed.GetValue(_smoothing),
            Mixup = parsed.GetValue(_mixup),
            ClipNorm = parsed.GetValue(_clip),
            Momentum = parsed.GetValue(_momentum),
            BalanceClasses = parsed.GetValue(_balance),
            AverageDecay = parsed.GetValue(_average),
            EarlyStoppingCriteria = parsed.GetValue(_patience) is not 0 and var patience ? new EarlyStopping(Patience: patience) : null,
            Augmentation = parsed.GetValue(_augment) switch { "light" => Augmentation.Light, "strong" => Augmentation.Strong, _ => Augmentation.None },
            Views = parsed.GetValue(_views),
            ValidationSetFraction = parsed.GetValue(_validation),
            Device = parsed.GetValue(_device)!,
            Seed = parsed.GetValue(_seed),
            DownloadProgress = new DownloadProgress(shell),
            Progress = new PassLines(shell),
        };
        options.Validate();
        return options;
    }

    /// <summary>The mode of a name.</summary>
    public static FineTuneMode Mode(string name) => name switch
    {
        "last-layer" => FineTuneMode.LastLayer,
        "added-layer" => FineTuneMode.AddedLayer,
        "last-layers" => FineTuneMode.LastLayers,
        _ => FineTuneMode.AllLayers,
    };

    private static Option<T> Number<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    private static Option<string> Choice(string name, string description, string value, params string[] choices) =>
        new Option<string>(name) { Description = description, DefaultValueFactory = _ => value }.AcceptOnlyFromAmong(choices);
}
