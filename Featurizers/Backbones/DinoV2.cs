using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Backbones;

/// <summary>
/// DINOv2, Oquab et al. 2023 (arXiv:2304.07193), vision transformers trained without labels; with registers, Darcet et al. 2023
/// (arXiv:2309.16588). They have no classifier.
/// </summary>
internal static class DinoV2
{
    private const int Patch = 14, TrainedGrid = 37;

    private static readonly TransformerEncoder Small = new(384, 12, 6), Base = new(768, 12, 12), Large = new(1024, 24, 16),
        Giant = new(1536, 40, 24) { GatedWidth = 4096 };

    private static readonly Preprocessing DinoPreprocessing = Preprocessing.ImageNet with { Interpolation = Interpolation.Bicubic };

    public static readonly Backbone[] Variants =
    [
        Row("dinov2_vits14", Small, 88_283_115), Row("dinov2_vitb14", Base, 346_378_731), Row("dinov2_vitl14", Large, 1_217_586_395),
        Row("dinov2_vitg14", Giant, 4_546_108_579),
        Row("dinov2_vits14_reg", Small, 88_291_785, registers: 4), Row("dinov2_vitb14_reg", Base, 346_393_545, registers: 4),
        Row("dinov2_vitl14_reg", Large, 1_217_607_321, registers: 4), Row("dinov2_vitg14_reg", Giant, 4_546_140_349, registers: 4),
    ];

    // No hash of the files is published, so their lengths in bytes are verified.
    private static Backbone Row(string name, TransformerEncoder encoder, long length, int registers = 0) => new(name,
        registers == 0 ? "arXiv:2304.07193" : "arXiv:2309.16588", (images, classes) => Build(images, encoder, registers, classes),
        [new("LVD142M", UrlOf(name), DinoPreprocessing, ClassSet: null, Acc1: null, Acc5: null) { Length = length }])
    {
        IsPublishedWithClassifier = false,
    };

    private static Uri UrlOf(string name)
    {
        string plain = name.Replace("_reg", "", StringComparison.Ordinal), file = name.Replace("_reg", "_reg4", StringComparison.Ordinal);
        return new($"https://dl.fbaipublicfiles.com/dinov2/{plain}/{file}_pretrain.pth");
    }

    // The table of positions is for 37 x 37 patches, 518 pixels.
    private static Value Build(Value images, TransformerEncoder encoder, int registers, int classes)
    {
        bool hasRegisters = registers > 0;
        var positions = new PositionEmbedding(Leading: 1, TrainedGrid, IsMatrix: false, Antialias: hasRegisters, hasRegisters ? 0 : 0.1);
        var x = VisionTransformer.Patches(images, "patch_embed.proj", encoder.Width, Patch)
            .Add("mask_token", new UnusedParameter(1))
            .Add("cls_token", new LearnedTokens(1, IsVector: false, After: 0)).Add("pos_embed", positions);
        if (hasRegisters)
            x = x.Add("register_tokens", new LearnedTokens(registers, IsVector: false, After: 1));
        var names = encoder.GatedWidth > 0 ? TransformerEncoder.TimmGated : TransformerEncoder.Timm;
        x = encoder.Apply(x, names, new Gelu(), layerScale: true).Add("norm", new LayerNorm(1e-6));
        var features = x.Add("class", new TakeToken(0)).As("features");
        features.Concat(x.Add("patches", new MeanOfTokens(1 + registers))).As("features_mean");
        return features.Linear("classifier", classes);
    }
}
