using System.IO.Compression;
using System.Text.Json;
using TransferKit.Images;

namespace TransferKit.Tests.Toolkit.Commands;

/// <summary>Real photographs and weights, where they are at hand.</summary>
public sealed class RealPhotographsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("mobilenet_v2", "hymenoptera/train", "hymenoptera/val", 146, 153)]
    [InlineData("mobilenet_v2", "clothing/train", "clothing/test", 314, 372)]
    [InlineData("squeezenet1_0", "hymenoptera/train", "hymenoptera/val", 138, 153)]
    public void The_main_job_is_as_accurate_as_its_peers(string backbone, string train, string test, int correct, int total)
    {
        var (code, output, error) = CliTests.Run("train", RealData.Path("data/" + train), "--test", RealData.Path("data/" + test), "--backbone", backbone,
            "--weights", RealData.Path($"data/weights/{backbone}-imagenet.pth"), "--out", _folder.File("model.zip"), "--json");
        Assert.True(code == 0, error);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.Equal(total, result.GetProperty("total").GetInt32());
        Assert.InRange(result.GetProperty("correct").GetInt32(), correct, total);
        if (train.StartsWith("hymenoptera", StringComparison.Ordinal))
            Assert.Contains("imageNotFound.gif: a GIF", error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_the_network_sees_in_230_photographs_is_what_torchvision_sees()
    {
        string data = RealData.Path("data");
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Reference", "photos.json.gz")), CompressionMode.Decompress);
        using var reference = JsonDocument.Parse(stream);
        var photos = reference.RootElement.GetProperty("photos").EnumerateObject().ToArray();
        Assert.Equal(230, photos.Length);
        using var features = new ImageFeaturizer(new FeaturizerOptions { Backbone = "mobilenet_v2", Weights = Path.Combine(data, "weights", "mobilenet_v2-imagenet.pth") });
        using var logits = new ImageFeaturizer(new FeaturizerOptions { Backbone = "mobilenet_v2", Weights = Path.Combine(data, "weights", "mobilenet_v2-imagenet.pth"), Layer = "logits" });
        ImageSource[] sources = [.. photos.Select(p => new ImageSource(Path.Combine(data, p.Name)))];
        int sameFive = 0;
        foreach (var ((photo, embedded), scores) in photos.Zip(features.Featurize(sources)).Zip(logits.Featurize(sources)))
        {
            int[] expected = [.. photo.Value.GetProperty("top5").EnumerateArray().Select(k => k.GetInt32())];
            int[] actual = [.. Enumerable.Range(0, scores.Length).OrderByDescending(k => scores[k]).Take(5)];
            Assert.Equal(expected[0], actual[0]);
            sameFive += expected.ToHashSet().SetEquals(actual) ? 1 : 0;
            float[] recorded = [.. photo.Value.GetProperty("features").EnumerateArray().Select(v => v.GetSingle())];
            Close.Equal(recorded, embedded.AsSpan(0, 32), 1e-3, photo.Name);
            Assert.Equal(photo.Value.GetProperty("norm").GetDouble(), Math.Sqrt(embedded.Sum(v => (double)v * v)), 2);
        }
        Assert.InRange(sameFive, 229, 230);
    }

    /// <summary>The class stands at the start of each file's name.</summary>
    [Fact]
    public void SqueezeNet_is_right_where_torchvision_is()
    {
        using var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Reference", "squeezenet1_0.json")));
        var expected = reference.RootElement.GetProperty("top1").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetInt32());
        string[] files = [.. Directory.GetFiles(RealData.Path("data/imagenet-samples")).Order(StringComparer.Ordinal)];
        using var network = new ImageFeaturizer(new FeaturizerOptions { Backbone = "squeezenet1_0", Weights = RealData.Path("data/weights/squeezenet1_0-imagenet.pth"), Layer = "logits" });
        var top1 = files.Zip(network.Featurize([.. files.Select(f => new ImageSource(f))])).ToDictionary(p => Path.GetFileName(p.First), p => Array.IndexOf(p.Second, p.Second.Max()));
        Assert.Equal(160, top1.Count);
        Assert.Equal(expected, top1);
        Assert.Equal(97, top1.Count(p => p.Value == int.Parse(p.Key[..4], System.Globalization.CultureInfo.InvariantCulture)));
    }
}
