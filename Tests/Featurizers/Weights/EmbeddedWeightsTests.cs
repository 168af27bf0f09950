using System.Security.Cryptography;
using Microsoft.ML;
using TransferKit.Backbones;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>The weights that are resources of the assembly: they need no download and have no classifier.</summary>
public sealed class EmbeddedWeightsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    // The cache folder must not be created, because nothing is downloaded.
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
    public void The_missing_classifier_can_be_trained()
    {
        var error = Assert.Throws<InvalidDataException>(() => new ImageFeaturizer(new FeaturizerOptions { Layer = "logits" }));
        Assert.Contains("The weights of TRANSFERKIT_V1 have NaN in 'classifier.3.weight', which was not trained", error.Message,
            StringComparison.Ordinal);
        var files = ImageFiles.In(Drawings.Folder(_folder, each: 4));
        Example[] examples = [.. files.Select((f, i) => new Example(new ImageSource(f), i / 4))];
        var cancellationToken = TestContext.Current.CancellationToken;
        var trained = FineTuner.Train(new FineTuneOptions { Epoch = 10, BatchSize = 4 }, examples, [], 2, cancellationToken);
        Assert.True(trained.History[^1].Loss < trained.History[0].Loss);
        Assert.Equal(208, trained.Preprocessing.Crop);
        // A layer cannot be added to a classifier that was not trained.
        var added = new FineTuneOptions { Mode = FineTuneMode.AddedLayer, BatchSize = 4 };
        Assert.Throws<InvalidDataException>(() => FineTuner.Train(added, examples, [], 2, cancellationToken));
    }

    [Fact]
    public void The_README_documents_the_file()
    {
        using var stream = typeof(Registry).Assembly.GetManifestResourceStream("mobilenet_v3_small-transferkit_v1.safetensors")!;
        string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
        string readme = File.ReadAllText(Path.Combine(Programs.Root, "Featurizers", "Weights", "Embedded", "README.md"));
        Assert.Contains(hash, readme, StringComparison.Ordinal);
        Assert.InRange(stream.Length, 1, 5_000_000);
    }
}
