using System.CommandLine;
using System.Globalization;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of every command that trains: optimization, schedule, augmentation, validation, device and seed.</summary>
/// <param name="defaults">The values of options that are not given. Only options of their type are offered.</param>
/// <param name="adapt">Changes the augmentations that can be chosen; null to keep them.</param>
internal sealed class OptimizationArguments(TrainingOptions defaults, Func<Augmentation, Augmentation>? adapt = null)
{
    private static readonly string[] AugmentationNames = ["none", "light", "strong"];

    /// <summary>The value of <c>--lr</c> that searches for a learning rate.</summary>
    public const string AutoRate = "auto";

    private readonly Option<int> _epochs = WithDefault("--epochs", "Number of epochs: passes over the images.", defaults.Epoch);
    private readonly Option<int> _batchSize = WithDefault("--batch-size", "Images per training step (batch size).", defaults.BatchSize);
    private readonly Option<string?> _rate = new("--lr")
    {
        Description = $"Highest learning rate, or '{AutoRate}' to search for one. Default: one that suits the training.",
    };
    private readonly Option<string> _optimizer = Choice("--optimizer", "Optimizer.", defaults.Optimizer);
    private readonly Option<string> _schedule = Choice("--schedule", "Learning-rate schedule.", defaults.Schedule);
    private readonly Option<double> _layerDecay = WithDefault("--layer-decay",
        "Learning rate of each stage, or block of a transformer, as a fraction of the next one's.", defaults.LayerDecay);
    private readonly Option<double?> _weightDecay = new("--weight-decay")
    {
        Description = "Weight decay of all parameters but biases, normalization layers, positions and tokens. Default: by optimizer.",
    };
    private readonly Option<double> _warmUp =
        WithDefault("--warmup-fraction", "Fraction of steps used for learning-rate warm-up.", defaults.WarmUpFraction);
    private readonly Option<double> _clip =
        WithDefault("--clip-grad", "Largest gradient norm; larger gradients are scaled down. 0 for no clipping.", defaults.ClipNorm);
    private readonly Option<double> _momentum = WithDefault("--momentum", "Momentum of the optimizer sgd.", defaults.Momentum);
    private readonly Option<double> _emaDecay = WithDefault("--ema-decay",
        "Decay of an exponential moving average of the weights, which is then used; 0 for none.", defaults.EmaDecay);
    private readonly Option<int> _patience =
        WithDefault("--patience", "Epochs without improvement after which training stops; 0 for never.", 0);
    private readonly Option<string> _augment = Choice("--augment", "Augmentation: random changes of the training images.",
        AugmentationNames.First(n => AugmentationOf(n, adapt) == defaults.Augmentation), AugmentationNames);
    private readonly Option<double> _validation = WithDefault("--validation-fraction",
        "Fraction of each class held out for validation, which chooses the best epoch; 0 to keep the last epoch.",
        new FineTuneImagesEstimator.Options().ValidationSetFraction);
    private readonly Option<string> _device = WithDefault("--device", "Device that trains: cpu, cuda or cuda:1.", defaults.Device);
    private readonly Option<int> _seed = WithDefault("--seed", "Random seed for the split, training and new weights.", defaults.Seed);
    private readonly Option<double>? _mixup = defaults is FixedSizeTrainingOptions { Mixup: var mixup }
        ? WithDefault("--mixup", "Parameter of mixup, which blends images with others; 0.2 is usual, 0 for none.", mixup) : null;
    private readonly Option<int>? _views = defaults is FixedSizeTrainingOptions { Views: var views }
        ? WithDefault("--views", "Augmented views of each image that a frozen network computes.", views) : null;

    private readonly Func<Augmentation, Augmentation>? _adapt = adapt;

    public void AddTo(Command command)
    {
        Option?[] options =
        [
            _epochs, _batchSize, _rate, _optimizer, _schedule, _layerDecay, _weightDecay, _warmUp, _mixup, _clip, _momentum, _emaDecay,
            _patience, _augment, _views, _validation, _device, _seed,
        ];
        foreach (var option in options.OfType<Option>())
            command.Options.Add(option);
    }

    /// <summary>The fraction of the images that are held out for validation.</summary>
    public double ValidationFraction(ParseResult parsed) => parsed.GetValue(_validation);

    /// <summary>Sets the options by the command line, and has progress printed.</summary>
    /// <exception cref="ArgumentException">A value is invalid.</exception>
    public void Fill(TrainingOptions options, ParseResult parsed, CommandOutput output)
    {
        string? rate = parsed.GetValue(_rate);
        options.Epoch = parsed.GetValue(_epochs);
        options.BatchSize = parsed.GetValue(_batchSize);
        options.LearningRate = rate is AutoRate ? null : rate is null ? options.LearningRate : Rate(rate);
        options.FindLearningRate = rate == AutoRate;
        options.Optimizer = Value<OptimizerKind>(parsed, _optimizer);
        options.Schedule = Value<ScheduleKind>(parsed, _schedule);
        options.LayerDecay = parsed.GetValue(_layerDecay);
        options.WeightDecay = parsed.GetValue(_weightDecay);
        options.WarmUpFraction = parsed.GetValue(_warmUp);
        options.ClipNorm = parsed.GetValue(_clip);
        options.Momentum = parsed.GetValue(_momentum);
        options.EmaDecay = parsed.GetValue(_emaDecay);
        options.EarlyStoppingCriteria = parsed.GetValue(_patience) is not 0 and var patience ? new EarlyStopping(Patience: patience) : null;
        options.Augmentation = AugmentationOf(parsed.GetValue(_augment)!, _adapt);
        options.Device = parsed.GetValue(_device)!;
        options.Seed = parsed.GetValue(_seed);
        if (options is FixedSizeTrainingOptions fixedSize && _mixup is not null && _views is not null)
            (fixedSize.Mixup, fixedSize.Views) = (parsed.GetValue(_mixup), parsed.GetValue(_views));
        if (options.Optimizer != OptimizerKind.Sgd)
            IgnoredOption.Refuse(parsed, _momentum, "without --optimizer sgd");
        if (options.Schedule == ScheduleKind.OneCycle)
            IgnoredOption.Refuse(parsed, _warmUp, "with --schedule onecycle, which has its own warm-up");
        if (_views is not null && options.Augmentation.IsNone)
            IgnoredOption.Refuse(parsed, _views, "with --augment none");
        options.DownloadProgress = new DownloadProgress(output);
        var progress = new TrainingProgress(output);
        (options.Progress, options.EpochProgress) = (progress, progress);
    }

    /// <summary>An option with a default value.</summary>
    internal static Option<T> WithDefault<T>(string name, string description, T value) =>
        new(name) { Description = description, DefaultValueFactory = _ => value };

    /// <summary>An option that is one of some values.</summary>
    internal static Option<string> Choice(string name, string description, string value, params string[] choices) =>
        WithDefault(name, description, value).AcceptOnlyFromAmong(choices);

    /// <summary>An option that is a value of an enumeration in lower case.</summary>
    internal static Option<string> Choice<TEnum>(string name, string description, TEnum value) where TEnum : struct, Enum =>
        WithDefault(name, description, LowerCase(value))
            .AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. Enum.GetValues<TEnum>().Select(LowerCase)]);

    /// <summary>Returns the value of such an option.</summary>
    internal static TEnum Value<TEnum>(ParseResult parsed, Option<string> option) where TEnum : struct, Enum =>
        Enum.Parse<TEnum>(parsed.GetValue(option)!, ignoreCase: true);

    private static string LowerCase<TEnum>(TEnum value) where TEnum : struct, Enum => $"{value}".ToLowerInvariant();

    private static double Rate(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out double rate) ? rate
        : throw new ArgumentException($"A learning rate of '{text}' is invalid: --lr takes a number or '{AutoRate}'.");

    private static Augmentation AugmentationOf(string name, Func<Augmentation, Augmentation>? adapt)
    {
        var augmentation = name switch { "light" => Augmentation.Light, "strong" => Augmentation.Strong, _ => Augmentation.None };
        return adapt?.Invoke(augmentation) ?? augmentation;
    }
}
