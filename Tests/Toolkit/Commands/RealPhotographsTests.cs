using System.Globalization;
using System.Text.Json;
using TransferKit.Images;

namespace TransferKit.Tests.Toolkit.Commands;

/// <summary>Accuracy on real photographs with published weights. The tests are skipped where these files are missing.</summary>
public sealed class RealPhotographsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mobilenet_v2", "hymenoptera/train", "hymenoptera/val", 146, 153)]
    [InlineData("mobilenet_v2", "clothing/train", "clothing/test", 314, 372)]
    [InlineData("squeezenet1_0", "hymenoptera/train", "hymenoptera/val", 138, 153)]
    [InlineData("vit_tiny_patch16_224", "hymenoptera/train", "hymenoptera/val", 148, 153)]
    public void Train_reaches_the_recorded_accuracy(string backbone, string train, string test, int correct, int total)
    {
        var (code, output, error) = CliTests.Run("train", RealData.Path("data/" + train), "--test", RealData.Path("data/" + test),
            "--backbone", backbone, "--weights", RealData.Path($"data/weights/{backbone}-imagenet.pth"),
            "--out", _folder.File("model.zip"), "--json");
        Assert.True(code == 0, error);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(total, result.GetProperty("total").GetInt32());
        Assert.InRange(result.GetProperty("correct").GetInt32(), correct, total);
        if (train.StartsWith("hymenoptera", StringComparison.Ordinal))
            Assert.Contains("imageNotFound.gif: a GIF", error, StringComparison.Ordinal);
    }

    /// <summary>ML.NET's own network: as many as scikit-learn's LinearSVC gets right on its features.</summary>
    [Fact]
    public void ML_NETs_network_reaches_the_recorded_accuracy()
    {
        var result = CliTests.Json("train", RealData.Path("data/hymenoptera/train"), "--test", RealData.Path("data/hymenoptera/val"),
            "--backbone", "mlnet_resnet18", "--out", _folder.File("model.zip"));
        Assert.InRange(result.GetProperty("correct").GetInt32(), 147, 153);
    }

    [Fact]
    public void Features_and_logits_of_230_photographs_match_torchvision()
    {
        string data = RealData.Path("data");
        using var reference = ReferenceFile.Json("photos.json.gz");
        var photos = reference.RootElement.GetProperty("photos").EnumerateObject().ToArray();
        Assert.Equal(230, photos.Length);
        string weights = Path.Combine(data, "weights", "mobilenet_v2-imagenet.pth");
        using var features = new ImageFeaturizer(new FeaturizerOptions { Backbone = "mobilenet_v2", Weights = weights });
        using var logits = new ImageFeaturizer(new FeaturizerOptions { Backbone = "mobilenet_v2", Weights = weights, Layer = "logits" });
        ImageSource[] sources = [.. photos.Select(p => new ImageSource(Path.Combine(data, p.Name)))];
        int sameTop5 = 0;
        foreach (var ((photo, embedding), scores) in photos.Zip(features.Featurize(sources)).Zip(logits.Featurize(sources)))
        {
            int[] expected = [.. photo.Value.GetProperty("top5").EnumerateArray().Select(k => k.GetInt32())];
            int[] actual = [.. Enumerable.Range(0, scores.Length).OrderByDescending(k => scores[k]).Take(5)];
            Assert.Equal(expected[0], actual[0]);
            sameTop5 += expected.ToHashSet().SetEquals(actual) ? 1 : 0;
            float[] firstFeatures = [.. photo.Value.GetProperty("features").EnumerateArray().Select(v => v.GetSingle())];
            Close.Equal(firstFeatures, embedding.AsSpan(0, 32), 1e-3, photo.Name);
            Assert.Equal(photo.Value.GetProperty("norm").GetDouble(), Math.Sqrt(embedding.Sum(v => (double)v * v)), 2);
        }
        Assert.InRange(sameTop5, 229, 230);
    }

    /// <summary>The name of each file begins with the number of its ImageNet class.</summary>
    [Fact]
    public void SqueezeNet_predicts_the_same_classes_as_torchvision()
    {
        using var reference = ReferenceFile.Json("squeezenet1_0.json");
        var expected = reference.RootElement.GetProperty("top1").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32());
        string[] files = [.. Directory.GetFiles(RealData.Path("data/imagenet-samples")).Order(StringComparer.Ordinal)];
        using var network = new ImageFeaturizer(new FeaturizerOptions
        {
            Backbone = "squeezenet1_0",
            Weights = RealData.Path("data/weights/squeezenet1_0-imagenet.pth"),
            Layer = "logits",
        });
        var logits = network.Featurize([.. files.Select(f => new ImageSource(f))]);
        var top1 = files.Zip(logits, (file, scores) => (Name: Path.GetFileName(file), Class: Array.IndexOf(scores, scores.Max())))
            .ToDictionary(p => p.Name, p => p.Class);
        Assert.Equal(160, top1.Count);
        Assert.Equal(expected, top1);
        Assert.Equal(97, top1.Count(p => p.Value == int.Parse(p.Key[..4], CultureInfo.InvariantCulture)));
    }
}
