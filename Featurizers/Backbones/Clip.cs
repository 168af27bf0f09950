using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Backbones;

/// <summary>
/// The image encoders of CLIP, Radford et al. 2021 (arXiv:2103.00020). Their output is the embedding; they have no classifier.
/// </summary>
internal static class Clip
{
    private const double Epsilon = 1e-5;

    private static readonly Preprocessing ClipPreprocessing = new(224, 224, Interpolation.Bicubic,
        [0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    public static readonly Backbone[] Variants =
    [
        Row("clip_vit_b_32", new(768, 12, 12), 32, embedding: 512), Row("clip_vit_b_16", new(768, 12, 12), 16, embedding: 512),
        Row("clip_vit_l_14", new(1024, 24, 16), 14, embedding: 768),
    ];

    private static Backbone Row(string name, TransformerEncoder encoder, int patch, int embedding) => new(name, "arXiv:2103.00020",
        (images, classes) => Build(images, encoder, patch, embedding, classes), [])
    {
        Preprocessing = ClipPreprocessing,
        RenameKey = key => key.StartsWith("visual.", StringComparison.Ordinal) ? key["visual.".Length..] : key,
    };

    private static Value Build(Value images, TransformerEncoder encoder, int patch, int embedding, int classes)
    {
        var x = VisionTransformer.Patches(images, "conv1", encoder.Width, patch, bias: false)
            .Add("class_embedding", new LearnedTokens(1, IsVector: true, After: 0));
        x = x.Add("positional_embedding", new PositionEmbedding(Leading: 1, Grid: 224 / patch, IsMatrix: true))
            .Add("ln_pre", new LayerNorm(Epsilon));
        x = encoder.Apply(x, TransformerEncoder.Clip, new QuickGelu(), Epsilon);
        return x.Add("class", new TakeToken(0)).Add("ln_post", new LayerNorm(Epsilon)).Add("proj", new Projection(embedding))
            .As("features").Linear("classifier", classes);
    }
}
