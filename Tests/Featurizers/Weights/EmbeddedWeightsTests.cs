using System.Security.Cryptography;
using Microsoft.ML;
using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>The weights that are part of the assembly: no download, no classifier.</summary>
public sealed class EmbeddedWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // An empty cache on a closed server: whatever would be downloaded fails.
    public EmbeddedWeightsTests() => Environment.SetEnvironmentVariable(CacheFolder.Variable, _folder.File("cache"));

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(CacheFolder.Variable, null);
        _folder.Dispose();
    }

    [Fact]
    public void Features_need_no_download()
    {
        var photos = new MLContext().Data.LoadImagesFromFolder(Drawings.Folder(_folder, each: 2));
        using var featurizer = new ImageFeaturizer(new FeaturizerOptions());
        float[][] features = [.. featurizer.Featurize([.. photos.Images.Select(i => new ImageSource(i.ImagePath))])];
        Assert.All(features, f => Assert.Equal(1024, f.Length));
        Assert.All(features, f => Assert.All(f, v => Assert.True(float.IsFinite(v))));
        Assert.False(Directory.Exists(_folder.File("cache")));
    }

    [Fact]
    public void There_is_no_classifier_but_one_can_be_trained()
    {
        var wrong = Assert.Throws<InvalidDataException>(() => new ImageFeaturizer(new FeaturizerOptions { Layer = "logits" }));
        Assert.Contains("The weights of TRANSFERKIT_V1 have NaN in 'classifier.3.weight', which was not trained", wrong.Message, StringComparison.Ordinal);
        Example[] examples = [.. ImageFiles.In(Drawings.Folder(_folder, each: 4)).Select((f, i) => new Example(new ImageSource(f), i / 4))];
        var trained = FineTuner.Train(new TrainingOptions { Epoch = 10, BatchSize = 4 }, examples, [], 2, TestContext.Current.CancellationToken);
        Assert.True(trained.History[^1].CrossEntropy < trained.History[0].CrossEntropy);
        Assert.Equal(208, trained.Preprocessing.Crop);
        // A layer on top of a classifier that was never trained is of no use.
        Assert.Throws<InvalidDataException>(() => FineTuner.Train(new TrainingOptions { Mode = FineTuneMode.AddedLayer, BatchSize = 4 }, examples, [], 2, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void The_file_is_the_one_whose_making_is_written_down()
    {
        using var stream = typeof(Registry).Assembly.GetManifestResourceStream("mobilenet_v3_small-transferkit_v1.safetensors")!;
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        Assert.Contains(hash, File.ReadAllText(Path.Combine(Programs.Root, "Featurizers", "Weights", "Embedded", "README.md")), StringComparison.Ordinal);
        Assert.InRange(stream.Length, 1, 5_000_000);
    }
}
