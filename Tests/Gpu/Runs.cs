using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Detection;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Pipelines.Classifying;
using TransferKit.Pipelines.Data;
using TransferKit.Pipelines.Detecting;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Samples;
using TransferKit.Training;

namespace TransferKit.Gpu;

/// <summary>
/// Small trainings on drawn images, from the same random weights on every device. ResNet18 has no dropout, whose random numbers differ
/// between devices.
/// </summary>
internal sealed class Runs
{
    public const FineTuneMode All = FineTuneMode.AllLayers;
    private const int Epochs = 3;

    private static readonly Preprocessing Small = Preprocessing.ImageNet with { Resize = 96, Crop = 96 };
    private readonly MLContext _context = new(seed: 1);
    private readonly string _workspace;
    private readonly ImageFolder _images;
    private readonly IDataView _labeled, _annotated;

    public Runs(string folder)
    {
        _workspace = Path.Combine(folder, "run");
        string images = Path.Combine(folder, "images");
        SamplePhotos.Draw(images, classes: 4, perClass: 12);
        _images = _context.Data.LoadImagesFromFolder(images);
        _labeled = _context.Transforms.Conversion.MapValueToKey("Label").Fit(_images).Transform(_images);
        var box = new LabeledBox(new Box(50, 40, 170, 160), Label: 1);
        _annotated = _context.Data.LoadAnnotatedImages(new AnnotatedImages(
            [.. _images.Images.Take(8).Select(i => new AnnotatedImage(i.ImagePath, [box]))], ["flower"], Skipped: []));
    }

    public double LargestFeature(string device)
    {
        var options = new ImageFeaturizingEstimator.Options { Engine = EngineKind.Torch, Device = device };
        using var featurizer = _context.Transforms.FeaturizeImages(options).Fit(_images);
        return featurizer.Transform(_images).GetColumn<float[]>("Features").Max(f => f.Max());
    }

    /// <summary>The training losses of the first and the last epoch.</summary>
    public (double First, double Last) FineTune(string device, FineTuneMode mode, bool bfloat16 = false) =>
        Train(Options(device, mode, bfloat16));

    /// <summary>The training losses of a training that is interrupted after its first epoch, and resumed.</summary>
    public (double First, double Last) Resume(string device)
    {
        using var interruption = new CancellationTokenSource();
        var options = Options(device, All);
        options.WorkspacePath = _workspace;
        options.MetricsCallback = _ => interruption.Cancel();
        options.CancellationToken = interruption.Token;
        Train(options, epochs: 1);
        options.Resume = true;
        options.MetricsCallback = null;
        options.CancellationToken = default;
        return Train(options);
    }

    /// <summary>The training loss of a detector's last epoch.</summary>
    public double Detect(string device)
    {
        var options = new FineTuneDetectorEstimator.Options
        {
            Backbone = "resnet18",
            Weights = "none",
            Epoch = 2,
            BatchSize = 2,
            MinSize = 96,
            MaxSize = 128,
            ValidationSetFraction = 0,
            MixedPrecision = false,
            Device = device,
        };
        using var model = _context.MulticlassClassification.Trainers.FineTuneDetector(options).Fit(_annotated);
        return model.Trained!.History[^1].Loss;
    }

    private (double First, double Last) Train(FineTuneImagesEstimator.Options options, int epochs = Epochs)
    {
        using var model = _context.MulticlassClassification.Trainers.FineTuneImages(options).Fit(_labeled);
        var history = model.Trained.History;
        if (history.Count != epochs)
            throw new InvalidOperationException($"The training ended after {history.Count} epochs instead of {epochs}.");
        return (history[0].Loss, history[^1].Loss);
    }

    private static FineTuneImagesEstimator.Options Options(string device, FineTuneMode mode, bool bfloat16 = false) => new()
    {
        Backbone = "resnet18",
        Weights = "none",
        Preprocessing = Small,
        Mode = mode,
        Epoch = Epochs,
        BatchSize = 16,
        ValidationSetFraction = 0,
        MixedPrecision = bfloat16,
        Device = device,
    };
}
