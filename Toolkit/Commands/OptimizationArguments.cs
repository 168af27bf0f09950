using System.CommandLine;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of everything that learns by gradients: how long, how fast, from which views of the photos.</summary>
/// <param name="usual">Settings of which a value not given stays as it is.</param>
internal sealed class OptimizationArguments(TrainingOptions usual)
{
    private readonly Option<int> _epochs = Number("--epochs", "Passes over the photos.", usual.Epoch);
    private readonly Option<int> _batchSize = Number("--batch-size", "Photos of a step.", usual.BatchSize);
    private readonly Option<string?> _rate = new("--lr") { Description = "The highest learning rate, or auto to look for it; one that suits the mode unless given." };
    private readonly Option<OptimizerKind> _optimizer = new("--optimizer") { Description = "What turns gradients into steps.", DefaultValueFactory = _ => usual.Optimizer };
    private readonly Option<ScheduleKind> _schedule = new("--schedule") { Description = "The course of the learning rate.", DefaultValueFactory = _ => usual.Schedule };
    private readonly Option<double?> _weightDecay = new("--weight-decay") { Description = "Weight decay, of all but normalizations and biases; one that suits the optimizer unless given." };
    private readonly Option<double> _warmUp = Number("--warmup-fraction", "The part of the steps in which the rate rises from nothing.", usual.WarmUpFraction);
    private readonly Option<double> _mixup = Number("--mixup", "How much photos are blended with others; 0.2 is usual, 0 for not.", usual.Mixup);
    private readonly Option<double> _clip = Number("--clip-grad", "The largest norm of the gradient; 0 for no limit.", usual.ClipNorm);
    private readonly Option<double> _momentum = Number("--momentum", "The momentum of the optimizer sgd.", usual.Momentum);
    private readonly Option<double> _average = Number("--ema-decay", "Decay of a moving average of the weights, which is then used; 0 for none.", usual.EmaDecay);
    private readonly Option<int> _patience = Number("--patience", "How many epochs without a better one end the training; 0 for none.", 0);
    private readonly Option<string> _augment = Choice("--augment", "Random changes of the training photos.", "none", "none", "light", "strong");
    private readonly Option<int> _views = Number("--views", "Changed views of each photo that the frozen part computes.", usual.Views);
    private readonly Option<double> _validation = Number("--validation-fraction", "The part of each class that chooses the best epoch; 0 to take the last.", new FineTuneImagesEstimator.Options().ValidationSetFraction);
    private readonly Option<string> _device = new("--device") { Description = "Where the trained part runs: cpu, cuda, cuda:1.", DefaultValueFactory = _ => usual.Device };
    private readonly Option<int> _seed = Number("--seed", "Of everything random.", usual.Seed);

    /// <summary>The text of <c>--lr</c>.</summary>
    public const string AutoRate = "auto";

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _epochs, _batchSize, _rate, _optimizer, _schedule, _weightDecay, _warmUp, _mixup, _clip, _momentum, _average, _patience, _augment, _views, _validation, _device, _seed })
            command.Options.Add(option);
    }

    /// <summary>The part of the photos that chooses the best epoch.</summary>
    public double ValidationFraction(ParseResult parsed) => parsed.GetValue(_validation);

    /// <summary>Fills in what was asked for.</summary>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public void Fill(TrainingOptions options, ParseResult parsed, Shell shell)
    {
        string? rate = parsed.GetValue(_rate);
        double number = 0;
        if (rate is not (null or AutoRate) && !double.TryParse(rate, System.Globalization.CultureInfo.InvariantCulture, out number))
            throw new ArgumentException($"--lr {rate} is neither a number nor auto.");
        options.Epoch = parsed.GetValue(_epochs);
        options.BatchSize = parsed.GetValue(_batchSize);
        options.LearningRate = rate is null or AutoRate ? null : number;
        options.FindLearningRate = rate == AutoRate;
        options.Optimizer = parsed.GetValue(_optimizer);
        options.Schedule = parsed.GetValue(_schedule);
        options.WeightDecay = parsed.GetValue(_weightDecay);
        options.WarmUpFraction = parsed.GetValue(_warmUp);
        options.Mixup = parsed.GetValue(_mixup);
        options.ClipNorm = parsed.GetValue(_clip);
        options.Momentum = parsed.GetValue(_momentum);
        options.EmaDecay = parsed.GetValue(_average);
        options.EarlyStoppingCriteria = parsed.GetValue(_patience) is not 0 and var patience ? new EarlyStopping(Patience: patience) : null;
        options.Augmentation = parsed.GetValue(_augment) switch { "light" => Augmentation.Light, "strong" => Augmentation.Strong, _ => Augmentation.None };
        options.Views = parsed.GetValue(_views);
        options.Device = parsed.GetValue(_device)!;
        options.Seed = parsed.GetValue(_seed);
        options.DownloadProgress = new DownloadProgress(shell);
        var lines = new TrainingLines(shell);
        (options.Progress, options.EpochProgress) = (lines, lines);
    }

    internal static Option<T> Number<T>(string name, string description, T value) => new(name) { Description = description, DefaultValueFactory = _ => value };

    internal static Option<string> Choice(string name, string description, string value, params string[] choices) =>
        new Option<string>(name) { Description = description, DefaultValueFactory = _ => value }.AcceptOnlyFromAmong(choices);
}
