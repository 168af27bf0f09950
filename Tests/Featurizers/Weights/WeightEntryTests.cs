using System.IO.Compression;
using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>Every entry against the facts of torchvision's weight enums (Reference/torchvision_weights.json.gz).</summary>
public class WeightEntryTests
{
    [Fact]
    public void Entries_are_torchvisions()
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(AppContext.BaseDirectory, "Reference", "torchvision_weights.json.gz")), CompressionMode.Decompress);
        using var reference = JsonDocument.Parse(stream);
        string[] expected = [.. reference.RootElement.GetProperty("entries").EnumerateArray().Select(Describe).Order(StringComparer.Ordinal)];
        Assert.Equal(60, expected.Length);
        Assert.Equal(expected, Registry.All.SelectMany(b => b.Weights.Where(w => !w.IsEmbedded).Select(w =>
            $"{b.Name} {w.Tag} {w.Url} {w.HashPrefix} {w.Acc1} {w.Acc5} {Describe(w.Preprocessing)}")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Papers_are_named() => Assert.All(Registry.All, b => Assert.Matches("^(arXiv:[0-9]{4}\\.[0-9]{5}|arXiv:[0-9]{4}\\.[0-9]{4}|doi:.+)$", b.Paper));

    /// <summary>torchvision's transform_input is a step of its networks: x * (std / 0.5) + (mean - 0.5) / 0.5 of pixels normalized for ImageNet.</summary>
    [Fact]
    public void Pixels_from_minus_one_to_one_are_what_transform_input_gives()
    {
        var imageNet = Preprocessing.ImageNet;
        var own = imageNet.FromMinusOneToOne();
        for (int c = 0; c < 3; c++)
            for (int level = 0; level < 256; level++)
            {
                float normalized = level * imageNet.Scale(c) + imageNet.Shift(c);
                Assert.Equal(normalized * (imageNet.Std[c] / 0.5f) + (imageNet.Mean[c] - 0.5f) / 0.5f, level * own.Scale(c) + own.Shift(c), 1e-6f);
            }
    }

    private static string Describe(JsonElement entry)
    {
        string name = entry.GetProperty("builder").GetString()!;
        return $"{name} {entry.GetProperty("name").GetString()} {entry.GetProperty("url").GetString()} {entry.GetProperty("sha256_prefix").GetString()} " +
            $"{Number(entry.GetProperty("acc1"))} {Number(entry.GetProperty("acc5"))} {Describe(Of(entry.GetProperty("transforms"), name is "googlenet" or "inception_v3"))}";
    }

    private static Preprocessing Of(JsonElement transforms, bool transformsInput)
    {
        float[]? List(string key) => transforms.TryGetProperty(key, out var list) ? [.. list.EnumerateArray().Select(v => (float)v.GetDouble())] : null;
        int Size(string key, int otherwise) => transforms.TryGetProperty(key, out var size) ? size.GetInt32() : otherwise;
        bool bicubic = transforms.TryGetProperty("interpolation", out var interpolation) && interpolation.GetString() == "InterpolationMode.BICUBIC";
        var found = new Preprocessing(Size("resize_size", 256), Size("crop_size", 0), bicubic ? Interpolation.Bicubic : Interpolation.Bilinear,
            List("mean") ?? Preprocessing.ImageNet.Mean, List("std") ?? Preprocessing.ImageNet.Std);
        return transformsInput ? found.FromMinusOneToOne() : found;
    }

    private static string Describe(Preprocessing p) => $"{p.Resize} {p.Crop} {p.Interpolation} {string.Join(",", p.Mean)} {string.Join(",", p.Std)}";

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
}
