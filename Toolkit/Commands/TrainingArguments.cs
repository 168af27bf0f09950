using System.CommandLine;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;
using static TransferKit.Toolkit.Commands.OptimizationArguments;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of every command that trains a network to labels.</summary>
internal sealed class TrainingArguments(bool withMode = true)
{
    // Settings of which a value not given stays as the trainer has it.
    private static readonly FineTuneImagesEstimator.Options Default = new();

    private readonly Option<string> _backbone = new("--backbone") { Description = "The network; `transferkit models` lists them.", DefaultValueFactory = _ => Default.Backbone.Name };
    private readonly Option<string?> _weights = NetworkOptions.WeightsOption();
    private readonly Option<string> _mode = Choice("--mode", "How much is trained.", "last-layer", "last-layer", "added-layer", "last-layers", "all");
    private readonly Option<string?> _from = new("--from") { Description = "With last-layers: the first node or block that is trained; see `summary`." };
    private readonly Option<int> _stages = Number("--stages", "With last-layers: how many of the last stages are trained.", Default.Stages);
    private readonly Option<int> _freezeEpochs = Number("--freeze-epochs", "How many of these train the last layer only.", Default.FreezeEpochs);
    private readonly Option<double> _stageRate = Number("--layer-decay", "The rate of each stage as a part of the next one's.", Default.LayerDecay);
    private readonly Option<double> _smoothing = Number("--label-smoothing", "The part of the probability spread over all classes.", Default.LabelSmoothing);
    private readonly Option<bool> _balance = new("--balance") { Description = "Let photos of rare classes count for more." };
    private readonly SizeOptions _size = new();
    private readonly OptimizationArguments _optimization = new(Default);

    public void AddTo(Command command)
    {
        if (withMode)
            command.Options.Add(_mode);
        foreach (Option option in new Option[] { _backbone, _weights, _from, _stages, _freezeEpochs, _stageRate, _smoothing, _balance })
            command.Options.Add(option);
        _size.AddTo(command);
        _optimization.AddTo(command);
    }

    /// <summary>Fills in what was asked for.</summary>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public FineTuneImagesEstimator.Options Read(ParseResult parsed, Shell shell)
    {
        var options = new FineTuneImagesEstimator.Options
        {
            LabelColumnName = "LabelKey",
            Backbone = parsed.GetValue(_backbone)!,
            Weights = parsed.GetValue(_weights),
            Mode = withMode ? Mode(parsed.GetValue(_mode)!) : FineTuneMode.LastLayers,
            From = parsed.GetValue(_from),
            Stages = parsed.GetValue(_stages),
            FreezeEpochs = parsed.GetValue(_freezeEpochs),
            LayerDecay = parsed.GetValue(_stageRate),
            LabelSmoothing = parsed.GetValue(_smoothing),
            BalanceClasses = parsed.GetValue(_balance),
            ValidationSetFraction = _optimization.ValidationFraction(parsed),
        };
        options.Preprocessing = _size.Read(parsed, options.Backbone, options.Weights);
        _optimization.Fill(options, parsed, shell);
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
}
