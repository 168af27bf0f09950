using TransferKit.Graphs;
using TransferKit.Images;

namespace TransferKit.Backbones;

/// <summary>
/// The image encoders of CLIP, Radford et al. 2021 (arXiv:2103.00020). Their output is the embedding; they have no classifier.
/// </summary>
internal static class Clip
{
    private const double Epsilon = 1e-5;

    private const string Image = "visual.", Published = "https://openaipublic.azureedge.net/clip/models/";

    private static readonly string[] TextKeys =
    [
        "token_embedding.weight", "ln_final.weight", "ln_final.bias", "text_projection", "logit_scale", "input_resolution",
        "context_length", "vocab_size",
    ];

    private static readonly Preprocessing ClipPreprocessing = new(224, 224, Interpolation.Bicubic,
        [0.48145466f, 0.4578275f, 0.40821073f], [0.26862954f, 0.26130258f, 0.27577711f]);

    public static readonly Backbone[] Variants =
    [
        Row("clip_vit_b_32", new(768, 12, 12), 32, embedding: 512,
            "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af/ViT-B-32.pt"),
        Row("clip_vit_b_16", new(768, 12, 12), 16, embedding: 512,
            "5806e77cd80f8b59890b7e101eabd078d9fb84e6937f9e85e4ecb61988df416f/ViT-B-16.pt"),
        Row("clip_vit_l_14", new(1024, 24, 16), 14, embedding: 768,
            "b8cca3fd41ae0c99ba7e8951adf17d267cdb84cd88be6f7c2e0eca1737a03836/ViT-L-14.pt"),
    ];

    // The folder of a published file is its SHA-256.
    private static Backbone Row(string name, TransformerEncoder encoder, int patch, int embedding, string file) =>
        new(name, "arXiv:2103.00020", (images, classes) => Build(images, encoder, patch, embedding, classes),
            [new("OPENAI", new(Published + file), ClipPreprocessing, ClassSet: null, null, null) { HashPrefix = file.Split('/')[0] }])
        {
            RenameKey = ImageKey,
            IsPublishedWithClassifier = false,
        };

    // The whole file has the image encoder under "visual.", the text encoder, whose other names are those of the image encoder without
    // this prefix, and three numbers. The masks of the text encoder are no parameters, but may be in an archive of TorchScript.
    private static string? ImageKey(string key) => key.StartsWith(Image, StringComparison.Ordinal) ? key[Image.Length..]
        : TextKeys.Contains(key) || key.EndsWith(".attn_mask", StringComparison.Ordinal) ? null : key;

    private static Value Build(Value images, TransformerEncoder encoder, int patch, int embedding, int classes)
    {
        var x = VisionTransformer.Patches(images, "conv1", encoder.Width, patch, bias: false)
            .Add("class_embedding", new LearnedTokens(1, IsVector: true, After: 0)).Positions("positional_embedding", isMatrix: true)
            .Add("ln_pre", new LayerNorm(Epsilon));
        x = encoder.Apply(x, TransformerEncoder.Clip, new QuickGelu(), Epsilon);
        return x.Add("class", new TakeToken(0)).Add("ln_post", new LayerNorm(Epsilon)).Add("proj", new Projection(embedding))
            .As("features").Linear("classifier", classes);
    }
}
