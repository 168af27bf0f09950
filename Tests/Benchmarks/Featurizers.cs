using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Benchmarks;

/// <summary>
/// Measures featurizers beside ML.NET's own, <c>DnnFeaturizeImage</c> with the ResNet18 of its package: images per second from JPEG files
/// to features, and the accuracy of the same linear support vector machine on the features. Each uses all processors, as is its default.
/// </summary>
internal static class Featurizers
{
    private const int Rounds = 3;

    public static int Run(string trainFolder, string testFolder, string mobileNetWeights)
    {
        var context = new MLContext(seed: 1);
        var keys = context.Transforms.Conversion.MapValueToKey("Label").Fit(context.Data.LoadImagesFromFolder(trainFolder));
        var train = keys.Transform(context.Data.LoadImagesFromFolder(trainFolder));
        var test = keys.Transform(context.Data.LoadImagesFromFolder(testFolder));
        (string Name, IEstimator<ITransformer> Featurizer)[] contenders =
        [
            ("DnnFeaturizeImage, ResNet18", MlNet(context)),
            ("FeaturizeImages, resnet18, random weights", Ours(context, "resnet18", "none")),
            ("FeaturizeImages, mobilenet_v2, ImageNet weights", Ours(context, "mobilenet_v2", mobileNetWeights)),
            ("FeaturizeImages, mobilenet_v3_small, TRANSFERKIT_V1", Ours(context, "mobilenet_v3_small", "TRANSFERKIT_V1")),
        ];
        var transformers = contenders.ToDictionary(c => c.Name, c => c.Featurizer.Fit(train));
        var accuracies = transformers.ToDictionary(t => t.Key, t => Accuracy(context, t.Value.Transform(train), t.Value.Transform(test)));
        int images = 0;
        var seconds = contenders.ToDictionary(c => c.Name, _ => new List<double>());
        // The training above was the warm-up. The contenders take turns, so that other load on the machine affects all of them.
        for (int round = 0; round < Rounds; round++)
            foreach (var (name, transformer) in transformers)
            {
                var clock = Stopwatch.StartNew();
                images = transformer.Transform(train).GetColumn<VBuffer<float>>("Features").Count();
                seconds[name].Add(clock.Elapsed.TotalSeconds);
            }
        double Speed(string name) => images / seconds[name].Order().ElementAt(Rounds / 2);
        foreach (var (name, _) in contenders)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: accuracy {accuracies[name]:0.000}, " +
                $"{Speed(name):0} images per second, ratio {Speed(name) / Speed(contenders[0].Name):0.00}"));
        return 0;
    }

    private static ImageFeaturizingEstimator Ours(MLContext context, string backbone, string weights) =>
        context.Transforms.FeaturizeImages(new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = weights });

    // As in the documentation of DnnFeaturizeImage.
    private static EstimatorChain<TransformerChain<ColumnCopyingTransformer>> MlNet(MLContext context) => context.Transforms
        .LoadImages("Image", imageFolder: null, "ImagePath")
        .Append(context.Transforms.ResizeImages("Image", imageWidth: 224, imageHeight: 224))
        .Append(context.Transforms.ExtractPixels("Pixels", "Image"))
        .Append(context.Transforms.DnnFeaturizeImage(
            "Features", m => m.ModelSelector.ResNet18(context, m.OutputColumn, m.InputColumn), "Pixels"));

    private static double Accuracy(MLContext context, IDataView train, IDataView test)
    {
        var model = context.MulticlassClassification.Trainers.LinearSvm().Fit(train);
        return context.MulticlassClassification.Evaluate(model.Transform(test)).MicroAccuracy;
    }
}
