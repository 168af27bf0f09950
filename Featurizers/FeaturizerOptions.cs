using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit;

/// <summary>Which network makes features of images, and how it is run.</summary>
public class FeaturizerOptions
{
    /// <summary>The architecture: a name that <c>transferkit models</c> lists, or a <see cref="Backbones.Backbone"/> of your own.</summary>
    public Backbone Backbone { get; set; } = Registry.Default;

    /// <summary>A tag, a path to a .pth or .safetensors file, or <c>none</c> for fresh weights; null for those that come with TransferKit, else the best published.</summary>
    public string? Weights { get; set; }

    /// <summary>The node whose value is the feature vector; <c>features</c> is the input of the last classifier layer.</summary>
    public string Layer { get; set; } = "features";

    /// <summary>What runs the network.</summary>
    public EngineKind Engine { get; set; } = EngineKind.OnnxRuntime;

    /// <summary>Where Torch runs it: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</summary>
    public string Device { get; set; } = "cpu";

    /// <summary>Images the network is given at once.</summary>
    public int BatchSize { get; set; } = 8;

    /// <summary>Batches decoded and run at the same time; null for one each processor.</summary>
    public int? Threads { get; set; }

    /// <summary>Instead of the preprocessing that belongs to the weights.</summary>
    public Preprocessing? Preprocessing { get; set; }

    /// <summary>Of fresh weights.</summary>
    public int Seed { get; set; }

    /// <summary>Told how many images of a pass are done, batch by batch.</summary>
    public IProgress<int>? Progress { get; set; }

    /// <summary>Told the bytes of a download, done and in all (0 where unknown).</summary>
    public IProgress<(long Done, long Total)>? DownloadProgress { get; set; }

    /// <summary>A copy, which later changes of this object do not reach.</summary>
    public FeaturizerOptions Copy() => (FeaturizerOptions)MemberwiseClone();

    /// <summary>Checks everything that can be checked without weights.</summary>
    /// <exception cref="ArgumentException">A value is impossible; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        Preprocessing?.Validate();
        Backbone.Build(size: Preprocessing?.Crop).Find(Layer);
        if (BatchSize < 1)
            throw new ArgumentException($"A batch of {BatchSize} images is impossible; 8 is a good start.");
        if (Threads < 1)
            throw new ArgumentException($"{Threads} threads are impossible; leave it out for one each processor.");
        if (!Enum.IsDefined(Engine))
            throw new ArgumentException($"There is no engine {Engine}; OnnxRuntime and Torch are known.");
        if (Engine == EngineKind.OnnxRuntime && Device != "cpu")
            throw new ArgumentException($"The ONNX Runtime engine runs on the cpu, not on '{Device}'; choose the Torch engine for a GPU.");
    }
}
