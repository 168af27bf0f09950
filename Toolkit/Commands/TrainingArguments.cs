using System.CommandLine;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;
using TransferKit.Weights;
using static TransferKit.Toolkit.Commands.OptimizationArguments;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of the commands that fine-tune a classifier.</summary>
/// <param name="withMode">Whether the mode is an option.</param>
internal sealed class TrainingArguments(bool withMode = true)
{
    private const string LastLayer = "last-layer", AddedLayer = "added-layer", LastLayers = "last-layers", AllLayers = "all";

    private static readonly FineTuneImagesEstimator.Options Defaults = new();

    private readonly Option<string> _backbone =
        WithDefault("--backbone", "The network; `transferkit models` lists all. Or the path of an ONNX file.", Defaults.Backbone.Name);
    private readonly Option<string?> _weights = NetworkOptions.WeightsOption();
    private readonly Option<string> _mode = Choice("--mode", "Which layers are trained.", LastLayer, [.. Modes]);
    private readonly Option<string?> _from = new("--from")
    {
        Description = "With the mode last-layers: the first node or block that is trained; `transferkit summary` lists them.",
    };
    private readonly Option<int> _stages = WithDefault("--stages",
        "With the mode last-layers: number of last stages, or blocks of a transformer, that are trained.", Defaults.Stages);
    private readonly Option<int> _freezeEpochs =
        WithDefault("--freeze-epochs", "Number of first epochs that train only the last layer.", Defaults.FreezeEpochs);
    private readonly Option<double?> _dropPath = new("--drop-path")
    {
        Description = "Drop path (stochastic depth): probability of leaving out the last residual block in training, less for earlier "
            + "ones; 0.1 is usual. Default: what the network itself has.",
    };
    private readonly Option<double> _smoothing =
        WithDefault("--label-smoothing", "Probability spread over all classes (label smoothing); 0.1 is usual.", Defaults.LabelSmoothing);
    private readonly Option<bool> _balance = new("--balance") { Description = "Weigh classes inversely to their number of images." };
    private readonly PreprocessingOptions _preprocessing = new();
    private readonly OptimizationArguments _optimization = new(Defaults);

    /// <summary>The names of the modes.</summary>
    public static IReadOnlyList<string> Modes { get; } = [LastLayer, AddedLayer, LastLayers, AllLayers];

    public void AddTo(Command command)
    {
        if (withMode)
            command.Options.Add(_mode);
        foreach (Option option in new Option[] { _backbone, _weights, _from, _stages, _freezeEpochs, _dropPath, _smoothing, _balance })
            command.Options.Add(option);
        _preprocessing.AddTo(command);
        _optimization.AddTo(command);
    }

    /// <summary>Reads the options of the training; its label column is <see cref="Heads.KeyColumn"/>.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="output">Prints progress.</param>
    /// <param name="modes">The modes that are trained where the mode is no option.</param>
    /// <exception cref="ArgumentException">A value is invalid.</exception>
    public FineTuneImagesEstimator.Options Read(ParseResult parsed, CommandOutput output, params IReadOnlyList<string> modes)
    {
        RefuseIgnored(parsed, withMode ? [parsed.GetValue(_mode)!] : modes);
        var options = new FineTuneImagesEstimator.Options
        {
            LabelColumnName = Heads.KeyColumn,
            Weights = parsed.GetValue(_weights),
            Mode = withMode ? Mode(parsed.GetValue(_mode)!) : FineTuneMode.LastLayers,
            From = parsed.GetValue(_from),
            Stages = parsed.GetValue(_stages),
            FreezeEpochs = parsed.GetValue(_freezeEpochs),
            DropPath = parsed.GetValue(_dropPath),
            LabelSmoothing = parsed.GetValue(_smoothing),
            BalanceClasses = parsed.GetValue(_balance),
            ValidationSetFraction = _optimization.ValidationFraction(parsed),
            MessageCallback = output.Log,
        };
        // Weights of a hub name their backbone where no other is given.
        if (parsed.GetResult(_backbone) is { Implicit: false } || !HuggingFaceHub.IsReference(options.Weights))
            options.Backbone = parsed.GetValue(_backbone)!;
        options.Preprocessing = _preprocessing.Read(parsed, output, options.Backbone, options.Weights);
        _optimization.Fill(options, parsed, output);
        options.Validate();
        return options;
    }

    private void RefuseIgnored(ParseResult parsed, IReadOnlyList<string> modes)
    {
        string option = withMode ? "--mode" : "--modes";
        if (!modes.Contains(LastLayers))
            foreach (Option ignored in new Option[] { _from, _stages })
                IgnoredOption.Refuse(parsed, ignored, $"without {option} {LastLayers}");
        if (!modes.Contains(LastLayers) && !modes.Contains(AllLayers))
            foreach (Option ignored in new Option[] { _freezeEpochs, _dropPath })
                IgnoredOption.Refuse(parsed, ignored, $"without {option} {LastLayers} or {AllLayers}");
        if (parsed.GetValue(_from) is not null)
            IgnoredOption.Refuse(parsed, _stages, "with --from");
    }

    /// <summary>Returns the mode of a name.</summary>
    public static FineTuneMode Mode(string name) => name switch
    {
        LastLayer => FineTuneMode.LastLayer,
        AddedLayer => FineTuneMode.AddedLayer,
        LastLayers => FineTuneMode.LastLayers,
        _ => FineTuneMode.AllLayers,
    };
}
