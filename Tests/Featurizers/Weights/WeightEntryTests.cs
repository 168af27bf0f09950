using System.Text.Json;
using TransferKit.Backbones;
using TransferKit.Engines;
using TransferKit.Images;

namespace TransferKit.Tests.Featurizers.Weights;

/// <summary>Compares every entry with torchvision's weight enums (Reference/torchvision_weights.json.gz).</summary>
public class WeightEntryTests
{
    [Fact]
    public void Entries_match_torchvision()
    {
        using var reference = ReferenceFile.Json("torchvision_weights.json.gz");
        JsonElement[] entries = [.. reference.RootElement.GetProperty("entries").EnumerateArray()];
        Assert.Equal(115, entries.Length);
        string[] expected = [.. entries.Select(Describe).Order(StringComparer.Ordinal)];
        var actual =
            from backbone in Registry.All
            from w in backbone.Weights
            where w.Url.Host == "download.pytorch.org"
            select $"{backbone.Name} {w.Tag} {w.Url} {w.HashPrefix} {w.Acc1} {w.Acc5} {Describe(w.Preprocessing!)}";
        Assert.Equal(expected, actual.Order(StringComparer.Ordinal));
    }

    /// <summary>The licenses that torchvision states are SWAG's, CC-BY-NC 4.0. Its default weights have one only where all have.</summary>
    [Fact]
    public void Licenses_and_defaults_are_those_of_torchvision()
    {
        using var reference = ReferenceFile.Json("torchvision_weights.json.gz");
        foreach (var entry in reference.RootElement.GetProperty("entries").EnumerateArray())
        {
            var backbone = Find(entry);
            var weights = backbone.FindWeights(entry.GetProperty("name").GetString()!);
            bool isLimited = entry.GetProperty("license").GetString() == "https://github.com/facebookresearch/SWAG/blob/main/LICENSE";
            Assert.Equal(isLimited, entry.GetProperty("license").ValueKind != JsonValueKind.Null);
            Assert.Equal(isLimited ? "CC-BY-NC-4.0" : null, weights.License);
            if (entry.GetProperty("is_default").GetBoolean() && !backbone.Weights.Any(w => w.IsEmbedded))
                Assert.Same(weights, backbone.DefaultWeights);
        }
        Assert.Equal("IMAGENET1K_SWAG_E2E_V1", Registry.Get("vit_h_14").DefaultWeights!.Tag);
    }

    /// <summary>Vision transformers have more parameters for larger images, in the table of positions.</summary>
    [Fact]
    public void Networks_have_as_many_parameters_and_multiply_accumulates_as_torchvision_states()
    {
        using var reference = ReferenceFile.Json("torchvision_weights.json.gz");
        foreach (var entry in reference.RootElement.GetProperty("entries").EnumerateArray())
        {
            string name = entry.GetProperty("builder").GetString()!;
            var backbone = Find(entry);
            // torchvision does not count auxiliary classifiers.
            if (backbone.Auxiliary.Count > 0)
                continue;
            var weights = backbone.FindWeights(entry.GetProperty("name").GetString()!);
            var summary = Summary.Of(backbone.Build(size: weights.Preprocessing!.Crop));
            Assert.Equal((name, entry.GetProperty("num_params").GetInt64()), (name, summary.Parameters));
            // torchvision counts multiply-accumulates, rounded to a million; it leaves out what some operators of its older networks do.
            if (backbone.Paper is "arXiv:2003.13678" or "arXiv:2010.11929" or "arXiv:2201.03545")
                Assert.Equal(entry.GetProperty("gflops").GetDouble(), summary.MultiplyAccumulates / 1e9, 0.001);
        }
    }

    /// <summary>No hash of these files is published, nor the length. The lengths are those that others have seen.</summary>
    [Fact]
    public void Files_of_DINOv2_are_as_long_as_their_parameters_and_a_little_more()
    {
        var networks = Registry.All.Where(b => b.Name.StartsWith("dinov2_", StringComparison.Ordinal)).ToList();
        Assert.Equal(8, networks.Count);
        foreach (var backbone in networks)
        {
            var weights = Assert.Single(backbone.Weights);
            var graph = backbone.Build().Until("features_mean");
            long rest = weights.Length!.Value - sizeof(float) * Summary.Of(graph).Parameters;
            // The zip and the pickle have some 300 bytes for each tensor.
            Assert.InRange(rest / graph.State.Count(), 250, 350);
            Assert.Equal(("LVD142M", "", null), (weights.Tag, weights.HashPrefix, weights.License));
        }
        string[] urls = [.. networks.Where(b => b.Name.Contains("vitb14", StringComparison.Ordinal)).Select(b => $"{b.Weights[0].Url}")];
        Assert.Equal(
        [
            "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitb14/dinov2_vitb14_pretrain.pth",
            "https://dl.fbaipublicfiles.com/dinov2/dinov2_vitb14/dinov2_vitb14_reg4_pretrain.pth",
        ], urls);
    }

    [Fact]
    public void The_hash_of_files_of_CLIP_is_their_folder()
    {
        var weights = Assert.Single(Registry.Get("clip_vit_b_32").Weights);
        Assert.Equal(64, weights.HashPrefix.Length);
        Assert.Equal($"https://openaipublic.azureedge.net/clip/models/{weights.HashPrefix}/ViT-B-32.pt", $"{weights.Url}");
    }

    /// <summary>The names and values of timm's default_cfgs, whose crop_pct gives the length that images are resized to.</summary>
    [Fact]
    public void Entries_of_a_hub_have_the_preprocessing_of_timm()
    {
        string[] expected =
        [
            "deit_base_distilled_patch16_224 fb_in1k hf:timm/deit_base_distilled_patch16_224.fb_in1k 248 224 Bicubic 0.485",
            "deit_base_patch16_224 fb_in1k hf:timm/deit_base_patch16_224.fb_in1k 248 224 Bicubic 0.485",
            "deit_small_distilled_patch16_224 fb_in1k hf:timm/deit_small_distilled_patch16_224.fb_in1k 248 224 Bicubic 0.485",
            "deit_small_patch16_224 fb_in1k hf:timm/deit_small_patch16_224.fb_in1k 248 224 Bicubic 0.485",
            "deit_tiny_distilled_patch16_224 fb_in1k hf:timm/deit_tiny_distilled_patch16_224.fb_in1k 248 224 Bicubic 0.485",
            "deit_tiny_patch16_224 fb_in1k hf:timm/deit_tiny_patch16_224.fb_in1k 248 224 Bicubic 0.485",
            "inception_v4 tf_in1k hf:timm/inception_v4.tf_in1k 341 299 Bicubic 0.5",
            "mobilenetv1_100 ra4_e3600_r224_in1k hf:timm/mobilenetv1_100.ra4_e3600_r224_in1k 256 224 Bicubic 0.5",
            "resnetv2_101 a1h_in1k hf:timm/resnetv2_101.a1h_in1k 235 224 Bicubic 0.5",
            "resnetv2_18 ra4_e3600_r224_in1k hf:timm/resnetv2_18.ra4_e3600_r224_in1k 248 224 Bicubic 0.5",
            "resnetv2_34 ra4_e3600_r224_in1k hf:timm/resnetv2_34.ra4_e3600_r224_in1k 248 224 Bicubic 0.5",
            "resnetv2_50 a1h_in1k hf:timm/resnetv2_50.a1h_in1k 235 224 Bicubic 0.5",
            "seresnet50 ra2_in1k hf:timm/seresnet50.ra2_in1k 256 224 Bicubic 0.485",
            "seresnext50_32x4d racm_in1k hf:timm/seresnext50_32x4d.racm_in1k 256 224 Bicubic 0.485",
            "vit_base_patch16_224 augreg_in21k_ft_in1k hf:timm/vit_base_patch16_224.augreg_in21k_ft_in1k 248 224 Bicubic 0.5",
            "vit_base_patch16_384 augreg_in21k_ft_in1k hf:timm/vit_base_patch16_384.augreg_in21k_ft_in1k 384 384 Bicubic 0.5",
            "vit_base_patch32_224 augreg_in21k_ft_in1k hf:timm/vit_base_patch32_224.augreg_in21k_ft_in1k 248 224 Bicubic 0.5",
            "vit_large_patch16_224 augreg_in21k_ft_in1k hf:timm/vit_large_patch16_224.augreg_in21k_ft_in1k 248 224 Bicubic 0.5",
            "vit_small_patch16_224 augreg_in21k_ft_in1k hf:timm/vit_small_patch16_224.augreg_in21k_ft_in1k 248 224 Bicubic 0.5",
            "vit_small_patch32_224 augreg_in21k_ft_in1k hf:timm/vit_small_patch32_224.augreg_in21k_ft_in1k 248 224 Bicubic 0.5",
            "vit_tiny_patch16_224 augreg_in21k_ft_in1k hf:timm/vit_tiny_patch16_224.augreg_in21k_ft_in1k 248 224 Bicubic 0.5",
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

    private static Backbone Find(JsonElement entry) => Registry.Get(entry.GetProperty("builder").GetString()!);

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
