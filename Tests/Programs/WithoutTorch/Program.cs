using Microsoft.ML;
using TransferKit;
using TransferKit.Detection;
using TransferKit.Engines;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Classifying;
using TransferKit.Training;

// A program without libtorch, whose arguments are a folder of labeled photos and a saved model. The ONNX Runtime engine works, and all that
// needs libtorch says which package to add. Without arguments it uses the libtorch that TRANSFERKIT_LIBTORCH names.
byte[] pixels = [.. Enumerable.Range(0, 4 * 40 * 30).Select(i => (byte)(i * i))];
var image = new ImageSource(new Picture(40, 30, pixels));
using var onnx = new ImageFeaturizer(new FeaturizerOptions { Weights = "none" });
Console.WriteLine(onnx.Width);
// Maps that need no gradients need no libtorch either.
foreach (var method in new[] { MapMethod.EigenCam, MapMethod.ScoreCam })
    using (var mapper = new ActivationMapper(onnx.Network, onnx.Preprocessing, new MapOptions { Method = method }))
        Console.WriteLine($"{method} {mapper.Map(image).Values.Length}");
Console.WriteLine(AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == "TorchSharp"));
if (args is not [var photos, var saved])
{
    using var gradients = new ActivationMapper(onnx.Network, onnx.Preprocessing, new MapOptions { Method = MapMethod.GradCam });
    Console.WriteLine($"GradCam {gradients.Map(image).Values.Length}");
    return;
}

var context = new MLContext();
var data = context.Data.LoadImagesFromFolder(photos);
var keys = context.Transforms.Conversion.MapValueToKey("Label");
// These weights would be downloaded, which must not begin.
const string Backbone = "resnet18", Weights = "IMAGENET1K_V1";
var featurize = new FeaturizerOptions { Backbone = Backbone, Weights = Weights, Engine = EngineKind.Torch };
var fineTune = new FineTuneImagesEstimator.Options { Backbone = Backbone, Weights = Weights };
(string Name, Action Run)[] needLibTorch =
[
    ("engine", () => new ImageFeaturizer(featurize).Dispose()),
    ("FineTuneImages", () => keys.Append(context.MulticlassClassification.Trainers.FineTuneImages(fineTune)).Fit(data)),
    ("FineTuner", () => FineTuner.Train(new() { Backbone = Backbone, Weights = Weights }, [new(image, 0), new(image, 1)], [], 2)),
    ("Distiller", () => Distiller.Distill(new() { Teacher = Backbone, TeacherWeights = Weights }, [image, image], [])),
    ("DetectorTrainer", () => DetectorTrainer.Train(new(), [new(image, []), new(image, [])], [], 2)),
    ("Grad-CAM", () => new ActivationMapper(onnx.Network, onnx.Preprocessing).Dispose()),
    ("Explain", () => context.Model.Load(saved, out _).Explain(image)),
];
foreach (var (name, run) in needLibTorch)
    Console.WriteLine($"{name}: {Message(run)}");

static string Message(Action run)
{
    try
    {
        run();
        return "no error";
    }
    catch (DllNotFoundException e)
    {
        return e.Message;
    }
}
