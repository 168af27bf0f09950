using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Engines.Onnx;
using TransferKit.Engines.Quantization;
using TransferKit.Images;

namespace TransferKit;

/// <summary>Options of <see cref="ImageFeaturizer"/>: the network that computes the features, and how it is run.</summary>
public class FeaturizerOptions
{
    /// <summary>The architecture: a name that <c>transferkit models</c> lists, or a <see cref="Backbones.Backbone"/> of your own.</summary>
    /// <remarks>Default: the one that <see cref="Weights"/> of a hub name, for which they are asked; or else a small one.</remarks>
    public Backbone Backbone { get => field ?? HubBackbone.Of(Weights) ?? Registry.Default; set; }

    /// <summary>
    /// The weights: a tag such as <c>IMAGENET1K_V1</c>, a path to a .pth or .safetensors file, the run folder of a training or the
    /// model.zip in it (its best.safetensors is read), a repository of Hugging Face's hub (<c>hf:OWNER/NAME</c>), or <c>none</c> for
    /// randomly initialized weights. Default: the bundled weights, or else the best published ones.
    /// </summary>
    public string? Weights { get; set; }

    /// <summary>The node whose value is the feature vector. Default: <c>features</c>, the input of the last classifier layer.</summary>
    public string Layer { get; set; } = "features";

    /// <summary>The engine that runs the network.</summary>
    public EngineKind Engine { get; set; } = EngineKind.OnnxRuntime;

    /// <summary>
    /// The numbers that the network computes with. <see cref="Precision.Int8"/> is for ONNX Runtime on the CPU, and needs calibration
    /// images: <c>FeaturizeImages</c> takes them from the training data.
    /// </summary>
    public Precision Precision { get; set; }

    /// <summary>The number of calibration images, evenly spread over the data. Default: 200.</summary>
    public int CalibrationImages { get; set; } = 200;

    /// <summary>How the ranges of 8-bit integers are chosen.</summary>
    public CalibrationMethod CalibrationMethod { get; set; }

    /// <summary>
    /// The device: <c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>; with ONNX Runtime also <c>dml</c> (DirectML), <c>coreml</c> and
    /// <c>openvino</c>. Devices other than the CPU need another package of ONNX Runtime or libtorch in the program; an error names it.
    /// </summary>
    public string Device { get; set; } = "cpu";

    /// <summary>The number of images that the network processes at once (batch size).</summary>
    public int BatchSize { get; set; } = 8;

    /// <summary>The number of batches that are decoded and run at the same time. Default: one for each processor.</summary>
    public int? Threads { get; set; }

    /// <summary>The preprocessing of images. Default: the one that the weights were trained with.</summary>
    public Preprocessing? Preprocessing { get; set; }

    /// <summary>The random seed of randomly initialized weights.</summary>
    public int Seed { get; set; }

    /// <summary>Receives the number of images that are done, after every batch.</summary>
    public IProgress<int>? Progress { get; set; }

    /// <summary>Receives the number of bytes downloaded and the total (0 if unknown).</summary>
    public IProgress<(long Done, long Total)>? DownloadProgress { get; set; }

    /// <summary>Returns a copy that later changes of this object do not affect.</summary>
    public FeaturizerOptions Copy() => (FeaturizerOptions)MemberwiseClone();

    /// <summary>Checks everything that can be checked without loading weights.</summary>
    /// <exception cref="ArgumentException">A value is invalid; the message quotes it and says what would be right.</exception>
    public void Validate()
    {
        Preprocessing?.Validate();
        Backbone.Build(size: Preprocessing?.Crop).Find(Layer);
        if (BatchSize < 1)
            throw new ArgumentException($"A batch size of {BatchSize} is invalid: it must be at least 1 (8 is a good start).");
        if (Threads < 1)
            throw new ArgumentException($"A number of {Threads} threads is invalid: it must be at least 1, or left out.");
        if (!Enum.IsDefined(Engine))
            throw new ArgumentException($"The engine {Engine} is invalid: it must be OnnxRuntime or Torch.");
        if (Engine == EngineKind.OnnxRuntime)
            ExecutionProvider.Validate(Device);
        ValidatePrecision();
    }

    private void ValidatePrecision()
    {
        if (!Enum.IsDefined(Precision))
            throw new ArgumentException($"The precision {Precision} is invalid: it must be Fp32 or Int8.");
        if (!Enum.IsDefined(CalibrationMethod))
            throw new ArgumentException($"The calibration method {CalibrationMethod} is invalid: it must be one of "
                + $"{string.Join(", ", Enum.GetNames<CalibrationMethod>())}.");
        if (CalibrationImages < 1)
            throw new ArgumentException(
                $"{CalibrationImages} calibration images are invalid: it must be at least 1 (200 is a good start).");
        if (Precision == Precision.Fp32)
            return;
        if (Engine != EngineKind.OnnxRuntime || Device != "cpu")
            throw new ArgumentException($"The precision Int8 is for the engine OnnxRuntime on the CPU, not {Engine} on '{Device}'.");
        Int8.Validate(Backbone);
    }
}
