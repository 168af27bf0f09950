using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Pipelines.Saving;
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

    [Fact]
    public void Channel_order_and_crop_mode_are_saved_with_a_model()
    {
        var context = new MLContext(1);
        var photos = context.Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 2));
        var preprocessing = new Preprocessing(40, 36, Interpolation.Bicubic, [0.1f, 0.2f, 0.3f], [0.4f, 0.5f, 0.6f])
        {
            ChannelOrder = ChannelOrder.Bgr,
            CropMode = CropMode.Squash,
        };
        float[][] Features(Preprocessing changed, string? save)
        {
            var options = new ImageFeaturizingEstimator.Options { Backbone = "resnet18", Weights = "none", Preprocessing = changed };
            using var model = context.Transforms.FeaturizeImages(options).Fit(photos);
            if (save is not null)
                context.Model.Save(model, photos.Schema, save);
            return [.. model.Transform(photos).GetColumn<float[]>("Features")];
        }
        string file = _folder.File("model.zip");
        float[][] expected = Features(preprocessing, file);
        Assert.NotEqual(expected, Features(preprocessing with { ChannelOrder = ChannelOrder.Rgb }, null));
        Assert.NotEqual(expected, Features(preprocessing with { CropMode = CropMode.Center }, null));
        var loaded = context.Model.Load(file, out _);
        using var disposable = (IDisposable)loaded;
        foreach (var (one, other) in expected.Zip(loaded.Transform(photos).GetColumn<float[]>("Features")))
            Assert.All(one.Zip(other), pair => Assert.Equal(pair.First, pair.Second, 1e-4));
    }

    [Fact]
    public void The_text_of_a_default_preprocessing_is_that_of_earlier_models()
    {
        Assert.Equal("256,224,Bilinear", PreprocessingSettings.Format(Preprocessing.ImageNet));
        Assert.Equal(Preprocessing.ImageNet, PreprocessingSettings.Parse("256,224,Bilinear"));
        var squash = Preprocessing.ImageNet with { CropMode = CropMode.Squash };
        Assert.Equal("256,224,Bilinear,Squash", PreprocessingSettings.Format(squash));
        Assert.Equal(squash, PreprocessingSettings.Parse("256,224,Bilinear,Squash"));
        var fast = Preprocessing.ImageNet with { Decoding = Decoding.Fast };
        Assert.Equal("256,224,Bilinear,Fast", PreprocessingSettings.Format(fast));
        Assert.Equal(fast, PreprocessingSettings.Parse("256,224,Bilinear,Fast"));
        Assert.Equal(squash with { Decoding = Decoding.Fast }, PreprocessingSettings.Parse("256,224,Bilinear,Squash,Fast"));
        Assert.Throws<InvalidDataException>(() => PreprocessingSettings.Parse("256,224"));
        Assert.Throws<InvalidDataException>(() => PreprocessingSettings.Parse("256,224,Bilinear,Squash,1"));
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
