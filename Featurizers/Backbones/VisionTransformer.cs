using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// Vision transformer, Dosovitskiy et al. 2020 (arXiv:2010.11929), in the layouts of torchvision and timm; DeiT with a distillation token,
/// Touvron et al. 2020 (arXiv:2012.12877).
/// </summary>
internal static class VisionTransformer
{
    private const string Paper = "arXiv:2010.11929";

    private static readonly TransformerEncoder Tiny = new(192, 12, 3), Small = new(384, 12, 6), Base = new(768, 12, 12),
        Large = new(1024, 24, 16);

    private static readonly Preprocessing TimmPreprocessing =
        (Preprocessing.ImageNet with { Resize = 248, Interpolation = Interpolation.Bicubic }).WithInceptionNormalization();

    private static readonly Preprocessing DeitPreprocessing =
        Preprocessing.ImageNet with { Resize = 248, Interpolation = Interpolation.Bicubic };

    public static readonly Backbone[] Variants =
    [
        Torchvision("vit_b_16", Base, 16, ImageNetV1("vit_b_16-c867db91.pth", 81.072, 95.318)),
        Torchvision("vit_b_32", Base, 32, ImageNetV1("vit_b_32-d86f8d99.pth", 75.912, 92.466)),
        Torchvision("vit_l_16", Large, 16, ImageNetV1("vit_l_16-852ce7e3.pth", 79.662, 94.638, resize: 242)),
        Torchvision("vit_l_32", Large, 32, ImageNetV1("vit_l_32-c7638314.pth", 76.972, 93.07)),
        Timm("vit_tiny_patch16_224", Tiny),
        Timm("vit_small_patch16_224", Small),
        // timm's name of the weights is from timm/models/deit.py; those of the rows above are from vision_transformer.py.
        new("deit_tiny_distilled_patch16_224", "arXiv:2012.12877", Distilled,
            [WeightEntry.Timm("deit_tiny_distilled_patch16_224.fb_in1k", DeitPreprocessing)]),
    ];

    private static Backbone Torchvision(string name, TransformerEncoder encoder, int patch, WeightEntry weights) => new(name, Paper,
        (images, classes) =>
        {
            var x = Patches(images, "conv_proj", encoder.Width, patch)
                .Add("class_token", new LearnedTokens(1, IsVector: false, After: 0));
            x = x.Add("encoder.pos_embedding", new PositionEmbedding(Leading: 1, Grid: 224 / patch, IsMatrix: false));
            return encoder.Apply(x, TransformerEncoder.Torchvision, new Gelu()).Add("encoder.ln", new LayerNorm(1e-6))
                .Add("class", new TakeToken(0)).As("features").Linear("heads.head", classes);
        },
        [weights]);

    private static Backbone Timm(string name, TransformerEncoder encoder) => new(name, Paper,
        (images, classes) =>
        {
            var x = Patches(images, "patch_embed.proj", encoder.Width, 16).Add("cls_token", new LearnedTokens(1, IsVector: false, After: 0))
                .Add("pos_embed", new PositionEmbedding(Leading: 1, Grid: 14, IsMatrix: false));
            return encoder.Apply(x, TransformerEncoder.Timm, new Gelu()).Add("norm", new LayerNorm(1e-6))
                .Add("class", new TakeToken(0)).As("features").Linear("head", classes);
        },
        [WeightEntry.Timm($"{name}.augreg_in21k_ft_in1k", TimmPreprocessing)]);

    // The mean of two classifiers: that of the class token, and that of the token which learned from the teacher.
    private static Value Distilled(Value images, int classes)
    {
        var x = Patches(images, "patch_embed.proj", Tiny.Width, 16).Add("dist_token", new LearnedTokens(1, IsVector: false, After: 0))
            .Add("cls_token", new LearnedTokens(1, IsVector: false, After: 0))
            .Add("pos_embed", new PositionEmbedding(Leading: 2, Grid: 14, IsMatrix: false));
        x = Tiny.Apply(x, TransformerEncoder.Timm, new Gelu()).Add("norm", new LayerNorm(1e-6));
        var byClass = x.Add("class", new TakeToken(0)).Linear("head", classes);
        var byTeacher = x.Add("distillation", new TakeToken(1)).As("features").Linear("head_dist", classes);
        return byClass.Add(byTeacher).Add("mean", new Times(0.5));
    }

    /// <summary>Cuts images into square patches and projects each to a token.</summary>
    internal static Value Patches(Value images, string name, int width, int size, bool bias = true) =>
        images.Conv(name, width, size, size, padding: 0, bias: bias).Add("tokens", new ToTokens());
}
