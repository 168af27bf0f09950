using System.CommandLine;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Weights;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of commands that compute features with a backbone.</summary>
internal sealed class NetworkOptions
{
    private readonly Option<string> _backbone = new("--backbone")
    {
        Description = "Backbone network; `transferkit models` lists all of them. Or the path of an ONNX file.",
        DefaultValueFactory = _ => Registry.Default,
    };

    private readonly Option<string?> _weights = WeightsOption();

    private readonly Option<string> _layer = new("--layer")
    {
        Description = "Node of the network whose output is the feature vector; `transferkit summary NAME|FILE.onnx` lists them.",
        DefaultValueFactory = _ => "features",
    };

    private readonly Option<string> _engine = OptimizationArguments.Choice("--engine", "Inference engine.", EngineKind.OnnxRuntime);

    private readonly Option<string> _precision = PrecisionOption(calibratedOn: "some of the images");

    private readonly Option<string> _device = new("--device")
    {
        Description = "Device: cpu, cuda or cuda:1; with ONNX Runtime also dml, coreml or openvino.",
        DefaultValueFactory = _ => "cpu",
    };

    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Images per batch.", DefaultValueFactory = _ => 8 };

    private readonly PreprocessingOptions _preprocessing = new();

    private readonly Option<int?> _threads = new("--threads")
    {
        Description = "Number of batches processed in parallel. Default: one for each processor.",
    };

    /// <summary>Creates the option <c>--weights</c>.</summary>
    public static Option<string?> WeightsOption() => new("--weights")
    {
        Description = "Tag such as IMAGENET1K_V1, path of a .pth or .safetensors file, run folder of finetune or distill (its "
            + "best.safetensors is read) or model.zip in it, repository of Hugging Face's hub such as hf:timm/resnet50.a1_in1k, which "
            + "also names the backbone, or none for randomly initialized weights. "
            + "Default: the bundled weights, or else the best published ones whose license does not limit their use.",
    };

    /// <summary>Creates the option <c>--precision</c>.</summary>
    /// <param name="calibratedOn">The calibration images, for the description.</param>
    public static Option<string> PrecisionOption(string calibratedOn) => OptimizationArguments.Choice("--precision",
        $"Numbers the network computes with: fp32, or int8 where a layer gains by it, calibrated on {calibratedOn}.", Precision.Fp32);

    /// <summary>Adds the options to a command.</summary>
    /// <param name="command">The command.</param>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _backbone, _weights, _layer, _engine, _precision, _device, _batchSize, _threads })
            command.Options.Add(option);
        _preprocessing.AddTo(command);
    }

    /// <summary>Creates featurizer options from the command line.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="shell">Receives the progress of downloads.</param>
    /// <exception cref="ArgumentException">A value is invalid.</exception>
    public T Read<T>(ParseResult parsed, CommandOutput shell) where T : FeaturizerOptions, new()
    {
        var options = new T
        {
            Weights = parsed.GetValue(_weights),
            Layer = parsed.GetValue(_layer)!,
            Engine = OptimizationArguments.Value<EngineKind>(parsed, _engine),
            Precision = OptimizationArguments.Value<Precision>(parsed, _precision),
            Device = parsed.GetValue(_device)!,
            BatchSize = parsed.GetValue(_batchSize),
            Threads = parsed.GetValue(_threads),
            DownloadProgress = new DownloadProgress(shell),
        };
        // Weights of a hub name their backbone where no other is given.
        if (parsed.GetResult(_backbone) is { Implicit: false } || !HuggingFaceHub.IsReference(options.Weights))
            options.Backbone = parsed.GetValue(_backbone)!;
        options.Preprocessing = _preprocessing.Read(parsed, shell, options.Backbone, options.Weights);
        options.Validate();
        return options;
    }
}
