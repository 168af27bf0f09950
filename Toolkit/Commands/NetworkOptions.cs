using System.CommandLine;
using TransferKit.Backbones;
using TransferKit.Engines;

namespace TransferKit.Toolkit.Commands;

/// <summary>The options of every command that runs a backbone.</summary>
internal sealed class NetworkOptions
{
    private readonly Option<string> _backbone = new("--backbone")
    {
        Description = "The network; `transferkit models` lists them.",
        DefaultValueFactory = _ => Registry.Default,
    };

    private readonly Option<string?> _weights = WeightsOption();

    private readonly Option<string> _layer = new("--layer") { Description = "The node whose value is the feature vector.", DefaultValueFactory = _ => "features" };

    private readonly Option<EngineKind> _engine = new("--engine") { Description = "What runs the network.", DefaultValueFactory = _ => EngineKind.OnnxRuntime };

    private readonly Option<string> _device = new("--device") { Description = "Where Torch runs it: cpu, cuda, cuda:1.", DefaultValueFactory = _ => "cpu" };

    private readonly Option<int> _batchSize = new("--batch-size") { Description = "Images the network is given at once.", DefaultValueFactory = _ => 8 };

    private readonly SizeOptions _size = new();

    private readonly Option<int?> _threads = new("--threads") { Description = "Batches decoded and run at the same time; one each processor unless given." };

    /// <summary>The option that says which weights a network has.</summary>
    public static Option<string?> WeightsOption() => new("--weights")
    {
        Description = "A tag such as IMAGENET1K_V1, a .pth or .safetensors file, or none for fresh weights; TransferKit's own or else the best published unless given.",
    };

    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _backbone, _weights, _layer, _engine, _device, _batchSize, _threads })
            command.Options.Add(option);
        _size.AddTo(command);
    }

    /// <summary>Fills in what was asked for.</summary>
    /// <exception cref="ArgumentException">A value is impossible.</exception>
    public T Read<T>(ParseResult parsed, Shell shell) where T : FeaturizerOptions, new()
    {
        var options = new T
        {
            Backbone = parsed.GetValue(_backbone)!,
            Weights = parsed.GetValue(_weights),
            Layer = parsed.GetValue(_layer)!,
            Engine = parsed.GetValue(_engine),
            Device = parsed.GetValue(_device)!,
            BatchSize = parsed.GetValue(_batchSize),
            Threads = parsed.GetValue(_threads),
            DownloadProgress = new DownloadProgress(shell),
        };
        options.Preprocessing = _size.Read(parsed, options.Backbone, options.Weights);
        options.Validate();
        return options;
    }
}
