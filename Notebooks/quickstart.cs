#!/usr/bin/env dotnet
// What the notebooks do, as one file: dotnet run Notebooks/quickstart.cs [FOLDER WITH A SUBFOLDER OF PHOTOS FOR EACH CLASS]
// Outside this repository: #:package TransferKit.Pipelines@0.1.0
// ML.NET generates code at run time, which ahead-of-time compilation, the default for file-based apps, does not allow.
#:property PublishAot=false
#:project ../Pipelines/TransferKit.Pipelines.csproj
using Microsoft.ML;
using TransferKit.Images;
using TransferKit.Maps;
using TransferKit.Pipelines.Samples;

// Without a folder, photographs of flowers are drawn.
using var temporary = new Temporary();
string folder = args.Length > 0 ? args[0] : temporary.Path;
if (args.Length == 0)
    SamplePhotos.Draw(folder, classes: 5, perClass: 16);

var context = new MLContext(seed: 1);
var (train, test) = context.Data.LoadImagesFromFolder(folder).Split(testFraction: 0.25, seed: 1);
var pipeline = context.Transforms.Conversion.MapValueToKey("LabelKey", "Label")
    .Append(context.Transforms.FeaturizeImages("Features", "ImagePath"))
    .Append(context.MulticlassClassification.Trainers.LinearSvm("LabelKey"))
    .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
using var model = pipeline.Fit(train);
Console.WriteLine(context.MulticlassClassification.EvaluateImages(model, test));

// The region that a prediction is based on, by a method that needs no libtorch.
var photo = test.Images[0];
var explanation = model.Explain(new ImageSource(photo.ImagePath), options: new MapOptions { Method = MapMethod.EigenCam });
Console.WriteLine($"{photo.Label}: predicted {explanation.Label}, region {explanation.Map.Box()}");

internal sealed class Temporary : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("transferkit-quickstart-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
