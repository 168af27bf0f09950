using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>
/// Compares every entry with torchvision's weight enums (Reference/torchvision_weights.json.gz, without the SWAG weights, whose license
/// forbids commercial use).
/// </summary>
public class WeightEntryTests
{
    [Fact]
    public void Entries_match_torchvision()
    {
        using var reference = ReferenceFile.Json("torchvision_weights.json.gz");
        var entries = reference.RootElement.GetProperty("entries").EnumerateArray();
        string[] expected = [.. entries.Select(Describe).Order(StringComparer.Ordinal)];
        Assert.Equal(96, expected.Length);
        var actual =
            from backbone in Registry.All
            from w in backbone.Weights
            where !w.IsEmbedded && !w.IsHub && w.Read is null
            select $"{backbone.Name} {w.Tag} {w.Url} {w.HashPrefix} {w.Acc1} {w.Acc5} {Describe(w.Preprocessing!)}";
        Assert.Equal(expected, actual.Order(StringComparer.Ordinal));
    }

    /// <summary>The names and values of timm's default_cfgs, whose crop_pct gives the length that images are resized to.</summary>
    [Fact]
    public void Entries_of_a_hub_have_the_preprocessing_of_timm()
    {
        string[] expected =
        [
            "inception_v4 tf_in1k hf:timm/inception_v4.tf_in1k 341 299 Bicubic 0.5",
            "mobilenetv1_100 ra4_e3600_r224_in1k hf:timm/mobilenetv1_100.ra4_e3600_r224_in1k 256 224 Bicubic 0.5",
            "resnetv2_101 a1h_in1k hf:timm/resnetv2_101.a1h_in1k 235 224 Bicubic 0.5",
            "resnetv2_18 ra4_e3600_r224_in1k hf:timm/resnetv2_18.ra4_e3600_r224_in1k 248 224 Bicubic 0.5",
            "resnetv2_34 ra4_e3600_r224_in1k hf:timm/resnetv2_34.ra4_e3600_r224_in1k 248 224 Bicubic 0.5",
            "resnetv2_50 a1h_in1k hf:timm/resnetv2_50.a1h_in1k 235 224 Bicubic 0.5",
            "seresnet50 ra2_in1k hf:timm/seresnet50.ra2_in1k 256 224 Bicubic 0.485",
            "seresnext50_32x4d racm_in1k hf:timm/seresnext50_32x4d.racm_in1k 256 224 Bicubic 0.485",
            "xception tf_in1k hf:timm/legacy_xception.tf_in1k 333 299 Bicubic 0.5",
        ];
        var actual =
            from backbone in Registry.All
            from w in backbone.Weights
            where w.IsHub
            let p = w.Preprocessing
            select FormattableString.Invariant($"{backbone.Name} {w.Tag} {w.Url} {p.Resize} {p.Crop} {p.Interpolation} {p.Mean[0]}");
        Assert.Equal(expected, actual.Order(StringComparer.Ordinal));
        Assert.All(Registry.All.SelectMany(b => b.Weights).Where(w => w.IsHub), w => Assert.Equal("", w.HashPrefix));
    }

    [Fact]
    public void Every_backbone_cites_a_paper() =>
        Assert.All(Registry.All, b => Assert.Matches("^(arXiv:[0-9]{4}\\.[0-9]{5}|arXiv:[0-9]{4}\\.[0-9]{4}|doi:.+)$", b.Paper));

    /// <summary>
    /// torchvision's transform_input is a step of its networks, x * (std / 0.5) + (mean - 0.5) / 0.5 for pixels normalized for ImageNet.
    /// </summary>
    [Fact]
    public void Inception_normalization_equals_transform_input()
    {
        var imageNet = Preprocessing.ImageNet;
        var scaled = imageNet.WithInceptionNormalization();
        for (int c = 0; c < 3; c++)
            for (int level = 0; level < 256; level++)
            {
                float normalized = level * imageNet.Scale(c) + imageNet.Shift(c);
                float transformed = normalized * (imageNet.Std[c] / 0.5f) + (imageNet.Mean[c] - 0.5f) / 0.5f;
                Assert.Equal(transformed, level * scaled.Scale(c) + scaled.Shift(c), 1e-6f);
            }
    }

    private static string Describe(JsonElement entry)
    {
        string name = entry.GetProperty("builder").GetString()!;
        string? tag = entry.GetProperty("name").GetString(), url = entry.GetProperty("url").GetString();
        string? hash = entry.GetProperty("sha256_prefix").GetString();
        double? acc1 = Number(entry.GetProperty("acc1")), acc5 = Number(entry.GetProperty("acc5"));
        var preprocessing = Read(entry.GetProperty("transforms"), transformsInput: name is "googlenet" or "inception_v3");
        return $"{name} {tag} {url} {hash} {acc1} {acc5} {Describe(preprocessing)}";
    }

    private static Preprocessing Read(JsonElement transforms, bool transformsInput)
    {
        float[]? List(string key) =>
            transforms.TryGetProperty(key, out var list) ? [.. list.EnumerateArray().Select(v => (float)v.GetDouble())] : null;
        int Size(string key, int missing) => transforms.TryGetProperty(key, out var size) ? size.GetInt32() : missing;
        bool isBicubic = transforms.TryGetProperty("interpolation", out var interpolation)
            && interpolation.GetString() == "InterpolationMode.BICUBIC";
        var preprocessing = Preprocessing.ImageNet with
        {
            Resize = Size("resize_size", 256),
            Crop = Size("crop_size", 0),
            Interpolation = isBicubic ? Interpolation.Bicubic : Interpolation.Bilinear,
            Mean = List("mean") ?? Preprocessing.ImageNet.Mean,
            Std = List("std") ?? Preprocessing.ImageNet.Std,
        };
        return transformsInput ? preprocessing.WithInceptionNormalization() : preprocessing;
    }

    private static string Describe(Preprocessing p) =>
        $"{p.Resize} {p.Crop} {p.Interpolation} {string.Join(",", p.Mean)} {string.Join(",", p.Std)}";

    private static double? Number(JsonElement value) => value.ValueKind == JsonValueKind.Null ? null : value.GetDouble();
}
