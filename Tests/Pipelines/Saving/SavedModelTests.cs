using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Pipelines.Featurizing;

namespace TransferKit.Tests.Pipelines.Saving;

/// <summary>Saved classifiers on features, with randomly initialized weights: nothing is said about their accuracy.</summary>
public sealed class SavedModelTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vgg16", 4096)]
    [InlineData("mobilenet_v2", 1280)]
    public void A_saved_linear_SVM_on_features_predicts_the_same_in_a_program_without_libtorch(string backbone, int width)
    {
        var context = new MLContext(1);
        var photos = context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 5));
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.FeaturizeImages(new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = "none" }))
            .Append(context.MulticlassClassification.Trainers.LinearSvm())
            .Append(context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        using var model = pipeline.Fit(photos);
        var scored = model.Transform(photos);
        Assert.Equal(width, ((VectorDataViewType)scored.Schema["Features"].Type).Size);
        Assert.IsType<TextDataViewType>(scored.Schema["PredictedLabel"].Type);
        VBuffer<ReadOnlyMemory<char>> names = default;
        scored.Schema["Score"].GetSlotNames(ref names);
        Assert.Equal(["bars", "discs"], names.DenseValues().Select(n => n.ToString()));

        string file = _folder.File("model.zip");
        context.Model.Save(model, photos.Schema, file);
        string program = Programs.Path("PredictOnly");
        Assert.Empty(Directory.GetFiles(Path.GetDirectoryName(program)!, "*torch_cpu*", SearchOption.AllDirectories));
        var (exitCode, output, error) = Programs.Run(program, [file, .. photos.Images.Select(i => i.ImagePath)]);
        Assert.True(exitCode == 0, error);
        var expected = photos.Images.Zip(scored.GetColumn<string>("PredictedLabel"), (image, label) => $"{image.ImagePath}\t{label}");
        Assert.Equal(expected, output.Trim().Split('\n'));
    }
}
