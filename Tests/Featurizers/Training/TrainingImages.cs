using TransferKit.Backbones;
using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Training;
using TransferKit.Weights;

namespace TransferKit.Tests.Featurizers.Training;

/// <summary>Drawn images with their labels, and options that train on them in a moment.</summary>
internal static class TrainingImages
{
    /// <summary>Preprocessing to 32 x 32 pixels.</summary>
    public static Preprocessing Tiny { get; } = Preprocessing.ImageNet with { Resize = 40, Crop = 32 };

    /// <summary>Draws images of bars, label 0, and discs, label 1.</summary>
    public static List<Example> Draw(TemporaryFolder folder, int each, string name = "train", int first = 0)
    {
        string[] files = Directory.GetFiles(Drawings.Folder(folder, each, name, first), "*", SearchOption.AllDirectories);
        return [.. files.Order(StringComparer.Ordinal)
            .Select(f => new Example(new ImageSource(f), f.Contains("discs", StringComparison.Ordinal) ? 1 : 0))];
    }

    /// <summary>Options to train all layers of LeNet-5 from scratch.</summary>
    public static FineTuneOptions LeNet() => new() { Backbone = "lenet5", Weights = "none", Mode = FineTuneMode.AllLayers, BatchSize = 8 };

    /// <summary>
    /// A vision transformer of four blocks with every kind of learned tokens: a class token, registers, a mask token, positions.
    /// </summary>
    public static Backbone TinyTransformer { get; } = new("tiny_transformer", "", (images, classes) =>
    {
        var x = VisionTransformer.Patches(images, "patch_embed.proj", width: 24, size: 8).Add("mask_token", new UnusedParameter(1))
            .Add("cls_token", new LearnedTokens(1, IsVector: false, After: 0))
            .Add("pos_embed", new PositionEmbedding(Leading: 1, Grid: 4, IsMatrix: false))
            .Add("register_tokens", new LearnedTokens(2, IsVector: false, After: 1));
        x = new TransformerEncoder(Width: 24, Depth: 4, Heads: 2).Apply(x, TransformerEncoder.Timm, new Gelu(), layerScale: true);
        return x.Add("norm", new LayerNorm(1e-6)).Add("class", new TakeToken(0)).As("features").Linear("head", classes);
    }, [])
    {
        Preprocessing = Tiny,
    };

    /// <summary>Options to train the last two blocks of <see cref="TinyTransformer"/> from scratch, with drop path.</summary>
    public static FineTuneOptions Transformer() => new()
    {
        Backbone = TinyTransformer,
        Weights = "none",
        Mode = FineTuneMode.LastLayers,
        Stages = 2,
        BatchSize = 8,
        DropPath = 0.1,
        LayerDecay = 0.75,
    };

    /// <summary>Writes the recorded weights of a backbone to a file, so that training does not start from scratch.</summary>
    public static string WriteWeights(TemporaryFolder folder, string backbone)
    {
        string path = folder.File(backbone + ".safetensors");
        Safetensors.Write(path, Backbones.RecordedOutputs.Read(backbone).Weights(Registry.Get(backbone).Build()));
        return path;
    }

    public static TrainedNetwork Train(FineTuneOptions options, IReadOnlyList<Example> train, IReadOnlyList<Example> validation,
        int classes = 2) => FineTuner.Train(options, train, validation, classes, TestContext.Current.CancellationToken);
}
