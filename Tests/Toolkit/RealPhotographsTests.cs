using System.IO.Compression;
using System.Text.Json;
using TransferKit.Images;

namespace TransferKit.Tests.Toolkit;

/// <summary>Real photographs and weights, where they are at hand.</summary>
public sealed class RealPhotographsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("hymenoptera/train", "hymenoptera/val", 146, 153)]
    [InlineData("clothing/train", "clothing/test", 314, 372)]
    public void The_main_job_is_as_accurate_as_its_peers(string train, string test, int correct, int total)
    {
        var (code, output, error) = CliTests.Run("train", RealData.Path("data/" + train), "--test", RealData.Path("data/" + test), "--backbone", "mobilenet_v2",
            "--weights", RealData.Path("data/weights/mobilenet_v2-imagenet.pth"), "--out", _folder.File("model.zip"), "--json");
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
        using var features = new ImageFeaturizer(new FeaturizerOptions { Weights = Path.Combine(data, "weights", "mobilenet_v2-imagenet.pth") });
        using var logits = new ImageFeaturizer(new FeaturizerOptions { Weights = Path.Combine(data, "weights", "mobilenet_v2-imagenet.pth"), Layer = "logits" });
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
}
