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

    public static readonly Backbone[] Variants =
    [
        Row("dinov2_vits14", new(384, 12, 6)), Row("dinov2_vitb14", new(768, 12, 12)), Row("dinov2_vitl14", new(1024, 24, 16)),
        Row("dinov2_vits14_reg", new(384, 12, 6), registers: 4), Row("dinov2_vitb14_reg", new(768, 12, 12), registers: 4),
        Row("dinov2_vitl14_reg", new(1024, 24, 16), registers: 4),
    ];

    private static Backbone Row(string name, TransformerEncoder encoder, int registers = 0) => new(name,
        registers == 0 ? "arXiv:2304.07193" : "arXiv:2309.16588", (images, classes) => Build(images, encoder, registers, classes), [])
    {
        Preprocessing = Preprocessing.ImageNet with { Interpolation = Interpolation.Bicubic },
    };

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
        x = encoder.Apply(x, TransformerEncoder.Timm, new Gelu(), layerScale: true).Add("norm", new LayerNorm(1e-6));
        var features = x.Add("class", new TakeToken(0)).As("features");
        features.Concat(x.Add("patches", new MeanOfTokens(1 + registers))).As("features_mean");
        return features.Linear("classifier", classes);
    }
}
