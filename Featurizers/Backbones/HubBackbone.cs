using System.Collections.Concurrent;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>Finds the architecture of weights of a hub, whose <c>config.json</c> has timm's name of it.</summary>
internal static class HubBackbone
{
    // Names that are register_model_deprecations in timm/models/resnet.py of huggingface/pytorch-image-models, and in xception.py.
    private static readonly Dictionary<string, string> SameKeys = new()
    {
        ["tv_resnet34"] = "resnet34",
        ["tv_resnet50"] = "resnet50",
        ["tv_resnet101"] = "resnet101",
        ["tv_resnet152"] = "resnet152",
        ["tv_resnext50_32x4d"] = "resnext50_32x4d",
        ["ig_resnext101_32x8d"] = "resnext101_32x8d",
        ["ssl_resnet18"] = "resnet18",
        ["ssl_resnet50"] = "resnet50",
        ["ssl_resnext50_32x4d"] = "resnext50_32x4d",
        ["ssl_resnext101_32x8d"] = "resnext101_32x8d",
        ["swsl_resnet18"] = "resnet18",
        ["swsl_resnet50"] = "resnet50",
        ["swsl_resnext50_32x4d"] = "resnext50_32x4d",
        ["swsl_resnext101_32x8d"] = "resnext101_32x8d",
        ["gluon_resnet18_v1b"] = "resnet18",
        ["gluon_resnet34_v1b"] = "resnet34",
        ["gluon_resnet50_v1b"] = "resnet50",
        ["gluon_resnet101_v1b"] = "resnet101",
        ["gluon_resnet152_v1b"] = "resnet152",
        ["gluon_resnext50_32x4d"] = "resnext50_32x4d",
        ["gluon_resnext101_64x4d"] = "resnext101_64x4d",
        ["gluon_seresnext50_32x4d"] = "seresnext50_32x4d",
        ["legacy_xception"] = "xception",
    };

    // timm's networks of these names have other layers or keys than torchvision's: conv_stem and blocks, pre_logits and head, stages.
    private static readonly string[] OtherKeys = ["efficientnet_b", "vgg", "convnext_"];

    private const string OnnxFileName = "onnx/model.onnx";

    private static readonly ConcurrentDictionary<string, Backbone> Found = new();

    /// <summary>Returns the architecture that weights name themselves; null for weights that are not of a hub.</summary>
    /// <param name="weights">The weights; for those of a hub, <c>config.json</c> is fetched, once in a process.</param>
    /// <exception cref="ArgumentException">The architecture is not a registered one; the message suggests the nearest.</exception>
    /// <exception cref="DownloadException">The hub has no such repository, or cannot be reached.</exception>
    public static Backbone? Of(string? weights) => HuggingFaceHub.IsReference(weights) ? Found.GetOrAdd(weights!, Find) : null;

    /// <summary>Returns the architecture of timm's name.</summary>
    /// <param name="reference">The repository, for error messages.</param>
    /// <param name="architecture">timm's name.</param>
    internal static Backbone Get(string reference, string architecture)
    {
        string name = SameKeys.GetValueOrDefault(architecture, architecture);
        var backbone = Registry.All.FirstOrDefault(b => b.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (backbone is not null && !OtherKeys.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal)))
            return backbone;
        if (backbone is not null)
        {
            throw new ArgumentException($"{reference} is timm's '{architecture}', which has other keys than the backbone of this name, "
                + "which is torchvision's. Give a backbone with --backbone if its keys are torchvision's.");
        }
        string unknown = Suggestion.Unknown("architecture", architecture, [.. Registry.All.Select(b => b.Name)],
            $"`transferkit models` lists all {Registry.All.Count}; if one of them has the same keys, give it with --backbone.");
        throw new ArgumentException($"{reference}: {unknown}");
    }

    // The ONNX model of a repository is an architecture as well.
    private static Backbone Find(string reference)
    {
        if (HubModel.ArchitectureOf(reference) is { } architecture)
            return Get(reference, architecture);
        try
        {
            string path = HuggingFaceHub.DownloadAsync(reference, OnnxFileName).GetAwaiter().GetResult();
            return OnnxBackbone.Read(path) with { Name = reference };
        }
        catch (DownloadException e)
        {
            throw new ArgumentException($"{reference} does not name its architecture, because its config.json is not timm's, and " +
                $"{OnnxFileName} cannot be had: {e.Message} Give the architecture with --backbone.", e);
        }
    }
}
