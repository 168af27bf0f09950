using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>
/// Xception, Chollet 2016 (arXiv:1610.02357), with the names of timm's legacy_xception: separable convolutions with shortcuts.
/// </summary>
internal static class Xception
{
    private static readonly Preprocessing Timm = Preprocessing.ImageNet.WithInceptionNormalization() with
    {
        Resize = 333,
        Crop = 299,
        Interpolation = Interpolation.Bicubic,
    };

    public static readonly Backbone[] Variants =
    [
        new("xception", "arXiv:1610.02357", Build, [WeightEntry.Timm("legacy_xception.tf_in1k", Timm)]),
    ];

    private static Value Build(Value x, int classes)
    {
        x = x.Conv("conv1", 32, 3, stride: 2, padding: 0).BatchNorm("bn1").Relu("act1");
        x = x.Conv("conv2", 64, 3, padding: 0).BatchNorm("bn2").Relu("act2");
        x = Block(x, "block1", [128, 128], stride: 2, reluFirst: false);
        x = Block(x, "block2", [256, 256], stride: 2);
        x = Block(x, "block3", [728, 728], stride: 2);
        for (int block = 4; block <= 11; block++)
            x = Block(x, $"block{block}", [728, 728, 728]);
        x = Block(x, "block12", [728, 1024], stride: 2);
        x = Separable(x, "conv3", 1536).BatchNorm("bn3").Relu("act3");
        x = Separable(x, "conv4", 2048).BatchNorm("bn4").Relu("act4");
        return x.GlobalAveragePool("global_pool").As("features").Linear("fc", classes);
    }

    // The layers are numbered as one sequence of ReLU, separable convolution and normalization, with a pool at its end.
    private static Value Block(Value x, string name, int[] channels, int stride = 1, bool reluFirst = true)
    {
        using (x.Graph.Scope(name))
        {
            int layer = 0;
            var y = x;
            for (int i = 0; i < channels.Length; i++)
            {
                y = i > 0 || reluFirst ? y.Relu($"rep.{layer++}") : y;
                y = Separable(y, $"rep.{layer++}", channels[i]).BatchNorm($"rep.{layer++}");
            }
            return stride == 1 ? y + x
                : y.MaxPool(3, stride, padding: 1, $"rep.{layer}") + x.Conv("skip", channels[^1], 1, stride).BatchNorm("skipbn");
        }
    }

    private static Value Separable(Value x, string name, int channels)
    {
        using (x.Graph.Scope(name))
            return x.Conv("conv1", x.Channels, 3, groups: x.Channels).Conv("pointwise", channels, 1);
    }
}
