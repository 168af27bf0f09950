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
        Large = new(1024, 24, 16), Huge = new(1280, 32, 16);

    private static readonly Preprocessing TimmPreprocessing =
        (Preprocessing.ImageNet with { Resize = 248, Interpolation = Interpolation.Bicubic }).WithInceptionNormalization();

    private static readonly Preprocessing DeitPreprocessing =
        Preprocessing.ImageNet with { Resize = 248, Interpolation = Interpolation.Bicubic };

    public static readonly Backbone[] Variants =
    [
        Torchvision("vit_b_16", Base, 16, ImageNetV1("vit_b_16-c867db91.pth", 81.072, 95.318),
            Swag("vit_b_16_swag-9ac1b537.pth", 85.304, 97.65, 384), Swag("vit_b_16_lc_swag-4e70ced5.pth", 81.886, 96.18)),
        Torchvision("vit_b_32", Base, 32, ImageNetV1("vit_b_32-d86f8d99.pth", 75.912, 92.466)),
        Torchvision("vit_l_16", Large, 16, ImageNetV1("vit_l_16-852ce7e3.pth", 79.662, 94.638, resize: 242),
            Swag("vit_l_16_swag-4f3808c9.pth", 88.064, 98.512, 512), Swag("vit_l_16_lc_swag-4d563306.pth", 85.146, 97.422)),
        Torchvision("vit_l_32", Large, 32, ImageNetV1("vit_l_32-c7638314.pth", 76.972, 93.07)),
        Torchvision("vit_h_14", Huge, 14,
            Swag("vit_h_14_swag-80465313.pth", 88.552, 98.694, 518), Swag("vit_h_14_lc_swag-c1eb923e.pth", 85.708, 97.73)),
        Timm("vit_tiny_patch16_224", Tiny), Timm("vit_small_patch16_224", Small), Timm("vit_small_patch32_224", Small, patch: 32),
        Timm("vit_base_patch16_224", Base), Timm("vit_base_patch16_384", Base, size: 384),
        Timm("vit_base_patch32_224", Base, patch: 32), Timm("vit_large_patch16_224", Large),
        Deit("deit_tiny_patch16_224", Tiny), Deit("deit_small_patch16_224", Small), Deit("deit_base_patch16_224", Base),
        Deit("deit_tiny_distilled_patch16_224", Tiny, isDistilled: true),
        Deit("deit_small_distilled_patch16_224", Small, isDistilled: true),
        Deit("deit_base_distilled_patch16_224", Base, isDistilled: true),
    ];

    private static Backbone Torchvision(string name, TransformerEncoder encoder, int patch, params WeightEntry[] weights) => new(
        name, Paper, (images, classes) =>
        {
            var x = Patches(images, "conv_proj", encoder.Width, patch)
                .Add("class_token", new LearnedTokens(1, IsVector: false, After: 0)).Positions("encoder.pos_embedding");
            return encoder.Apply(x, TransformerEncoder.Torchvision, new Gelu()).Add("encoder.ln", new LayerNorm(1e-6))
                .Add("class", new TakeToken(0)).As("features").Linear("heads.head", classes);
        },
        weights);

    // timm's names of the weights are from timm/models/vision_transformer.py, those of DeiT from deit.py.
    private static Backbone Timm(string name, TransformerEncoder encoder, int patch = 16, int size = 224) => new(name, Paper,
        (images, classes) => Encode(images, encoder, patch, isDistilled: false)
            .Add("class", new TakeToken(0)).As("features").Linear("head", classes),
        [WeightEntry.Timm($"{name}.augreg_in21k_ft_in1k", At(size, TimmPreprocessing))]);

    private static Backbone Deit(string name, TransformerEncoder encoder, bool isDistilled = false) => new(name, "arXiv:2012.12877",
        (images, classes) =>
        {
            var x = Encode(images, encoder, patch: 16, isDistilled);
            var byClass = x.Add("class", new TakeToken(0));
            if (!isDistilled)
                return byClass.As("features").Linear("head", classes);
            // The mean of two classifiers: that of the class token, and that of the token which learned from the teacher.
            var byTeacher = x.Add("distillation", new TakeToken(1)).As("features");
            return byClass.Linear("head", classes).Add(byTeacher.Linear("head_dist", classes)).Add("mean", new Times(0.5));
        },
        [WeightEntry.Timm($"{name}.fb_in1k", DeitPreprocessing)]);

    private static Value Encode(Value images, TransformerEncoder encoder, int patch, bool isDistilled)
    {
        var x = Patches(images, "patch_embed.proj", encoder.Width, patch);
        if (isDistilled)
            x = x.Add("dist_token", new LearnedTokens(1, IsVector: false, After: 0));
        x = x.Add("cls_token", new LearnedTokens(1, IsVector: false, After: 0)).Positions("pos_embed", leading: isDistilled ? 2 : 1);
        return encoder.Apply(x, TransformerEncoder.Timm, new Gelu()).Add("norm", new LayerNorm(1e-6));
    }

    // timm's networks for more than 224 pixels take the whole image.
    private static Preprocessing At(int size, Preprocessing preprocessing) =>
        size == 224 ? preprocessing : preprocessing with { Resize = size, Crop = size };

    /// <summary>Cuts images into square patches and projects each to a token.</summary>
    internal static Value Patches(Value images, string name, int width, int size, bool bias = true) =>
        images.Conv(name, width, size, size, padding: 0, bias: bias).Add("tokens", new ToTokens());

    /// <summary>Adds learned positions; their table is for the grid of patches that the images have.</summary>
    /// <param name="x">The patches, after <paramref name="leading"/> learned tokens.</param>
    /// <param name="name">The key of the table.</param>
    /// <param name="leading">The number of learned tokens.</param>
    /// <param name="isMatrix">Whether checkpoints store a matrix.</param>
    internal static Value Positions(this Value x, string name, int leading = 1, bool isMatrix = false) =>
        x.Add(name, new PositionEmbedding(leading, (int)Math.Sqrt(x.Shape.Tokens - leading), isMatrix));
}
