using System.CommandLine;
using TransferKit.Detection;
using TransferKit.Pipelines.Detecting;
using static TransferKit.Toolkit.Commands.OptimizationArguments;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of the command that trains a detector.</summary>
internal sealed class DetectionArguments
{
    private static readonly FineTuneDetectorEstimator.Options Defaults = new();

    private readonly Option<string?> _detector = new("--detector")
    {
        Description = $"One of torchvision's detectors: {string.Join(", ", Detectors.All.Select(d => d.Name))}. Default: a new one on the "
            + "backbone.",
    };
    private readonly Option<string> _backbone =
        WithDefault("--backbone", "The network of a new detector; `transferkit models` lists all.", Defaults.Backbone.Name);
    private readonly Option<string?> _weights = new("--weights")
    {
        Description = "Initial weights of the detector or the backbone: a tag, a file, or none. Default: the published ones.",
    };
    private readonly Option<int?> _minSize = new("--min-size")
    {
        Description = "Size that the shorter side of images is resized to, in pixels. Default: the detector's own.",
    };
    private readonly Option<int?> _maxSize = new("--max-size")
    {
        Description = "Largest size of the longer side of images, in pixels. Default: the detector's own.",
    };
    private readonly Option<double> _scaleJitter = WithDefault("--scale-jitter",
        "Random scale: images are resized by a factor of at most this much above or below 1.", Defaults.ScaleJitter);
    private readonly Option<int> _frozenStages =
        WithDefault("--frozen-stages", "Number of first stages of the backbone that are not trained.", Defaults.FrozenStages);
    private readonly OptimizationArguments _optimization = new(Defaults, DetectionOptions.WithoutCrops);

    public void AddTo(Command command)
    {
        Option[] options = [_detector, _backbone, _weights, _minSize, _maxSize, _scaleJitter, _frozenStages];
        foreach (var option in options)
            command.Options.Add(option);
        _optimization.AddTo(command);
    }

    /// <summary>Reads the options of the training.</summary>
    /// <exception cref="ArgumentException">A value is invalid.</exception>
    public FineTuneDetectorEstimator.Options Read(ParseResult parsed, CommandOutput output)
    {
        var options = new FineTuneDetectorEstimator.Options
        {
            Detector = parsed.GetValue(_detector),
            Backbone = parsed.GetValue(_backbone)!,
            Weights = parsed.GetValue(_weights),
            MinSize = parsed.GetValue(_minSize),
            MaxSize = parsed.GetValue(_maxSize),
            ScaleJitter = parsed.GetValue(_scaleJitter),
            FrozenStages = parsed.GetValue(_frozenStages),
            ValidationSetFraction = _optimization.ValidationFraction(parsed),
        };
        if (options.Detector is not null)
            IgnoredOption.Refuse(parsed, _backbone, "with --detector, which has a backbone of its own");
        _optimization.Fill(options, parsed, output);
        options.Validate();
        return options;
    }
}
