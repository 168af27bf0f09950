using Microsoft.ML;
using Microsoft.ML.Data;
using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Pipelines.Featurizing;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Backbones;

/// <summary>A backbone that is not registered, as the documentation of <see cref="Backbone"/> shows it.</summary>
public sealed class CustomBackboneTests : IDisposable
{
    private static readonly Backbone Tiny = new("tiny", "", (images, classes) => images
        .Conv("conv1", 16, kernel: 3, stride: 2).BatchNorm("bn1").Relu()
        .Conv("conv2", 32, kernel: 3, stride: 2).BatchNorm("bn2").Relu()
        .GlobalAveragePool().As("features")
        .Linear("fc", classes), Weights: [])
    {
        Preprocessing = Preprocessing.ImageNet with { Resize = 72, Crop = 64 },
        Classes = 10,
    };

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _photos;

    public CustomBackboneTests() => _photos = [.. ImageFiles.In(Drawings.Folder(_folder, each: 3))];

    public void Dispose() => _folder.Dispose();

    private float[][] Featurize(string weights)
    {
        using var featurizer = new ImageFeaturizer(new FeaturizerOptions { Backbone = Tiny, Weights = weights });
        Assert.Equal(32, featurizer.Width);
        return [.. featurizer.Featurize(_photos.Select(p => new ImageSource(p)))];
    }

    // Writes random weights with seed 5; "none" uses seed 0.
    private string WriteWeights()
    {
        string path = _folder.File("tiny.safetensors");
        using var weights = RandomWeights.For(Tiny.Build(), seed: 5);
        Safetensors.Write(path, weights);
        return path;
    }

    [Fact]
    public void Random_weights_compute_features()
    {
        float[][] features = Featurize("none");
        Assert.Equal(_photos.Length, features.Length);
        Assert.All(features, f => Assert.All(f, value => Assert.True(float.IsFinite(value))));
        Assert.NotEqual(features[0], features[1]);
    }

    [Fact]
    public async Task Weights_of_a_file_compute_features()
    {
        var options = new FeaturizerOptions { Backbone = Tiny, Weights = WriteWeights() };
        using var featurizer = await ImageFeaturizer.CreateAsync(options, TestContext.Current.CancellationToken);
        Assert.Equal(Tiny.Preprocessing, featurizer.Preprocessing);
        float[][] features = [.. featurizer.Featurize(_photos.Select(p => new ImageSource(p)))];
        Assert.Equal(Featurize(options.Weights), features);
        Assert.NotEqual(Featurize("none"), features);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_saved_pipeline_computes_the_same_features(bool weightsFromFile)
    {
        var context = new MLContext(1);
        string weights = weightsFromFile ? WriteWeights() : "none";
        var data = context.Data.LoadImagesFromFolder(_folder.File("photos"));
        using var model = context.Transforms.FeaturizeImages(
            new ImageFeaturizingEstimator.Options { Backbone = Tiny, Weights = weights }).Fit(data);
        float[][] expected = [.. model.Transform(data).GetColumn<float[]>("Features")];
        string path = _folder.File("model.zip");
        context.Model.Save(model, data.Schema, path);
        var loaded = new MLContext().Model.Load(path, out _);
        using var disposable = loaded as IDisposable;
        float[][] actual = [.. loaded.Transform(data).GetColumn<float[]>("Features")];
        Assert.Equal(_photos.Length, actual.Length);
        for (int i = 0; i < actual.Length; i++)
            Close.Equal(expected[i], actual[i], 1e-4, $"photo {i}");
    }

    [Fact]
    public void Weights_must_be_given()
    {
        var error = Assert.Throws<ArgumentException>(() => new ImageFeaturizer(new FeaturizerOptions { Backbone = Tiny }));
        Assert.Equal("tiny has no published weights; give a path to a .pth or .safetensors file, or 'none'.", error.Message);
    }
}
