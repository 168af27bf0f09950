using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Backbones;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Tests.Featurizers.Backbones;
using TransferKit.Weights;

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
        var options = new ImageFeaturizingEstimator.Options { Backbone = backbone, Weights = Weights(backbone) };
        var pipeline = context.Transforms.Conversion.MapValueToKey("Label")
            .Append(context.Transforms.FeaturizeImages(options))
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

    // Saving compresses the network. Numbers that repeat every 4096 values compress much faster than the random 138 million of VGG16.
    private string Weights(string backbone)
    {
        const int Period = 4096;
        var weights = FillRule.Fill(Registry.Get(backbone).Build().State, salt: "", gain: 1);
        foreach (var (key, tensor) in weights.Where(w => w.Value.Count > Period).ToList())
        {
            float[] values = tensor.Floats().ToArray();
            for (int i = Period; i < values.Length; i++)
                values[i] = values[i - Period];
            weights[key] = TensorData.From(values, [.. tensor.Dimensions]);
        }
        string path = _folder.File(backbone + ".safetensors");
        Safetensors.Write(path, weights);
        return path;
    }
}
