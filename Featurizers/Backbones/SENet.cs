using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>
/// Squeeze-and-excitation networks, Hu et al. 2017 (arXiv:1709.01507), with timm's names: residual networks whose blocks weight their
/// channels, and the authors' own SENet-154.
/// </summary>
internal static class SENet
{
    private const string Paper = "arXiv:1709.01507";

    private static readonly Preprocessing Timm = Preprocessing.ImageNet with { Interpolation = Interpolation.Bicubic };

    public static readonly Backbone[] Variants =
    [
        ResNet.Row("seresnet50", Paper, new(true, ResNet.D50, Squeeze: true), WeightEntry.Timm("seresnet50.ra2_in1k", Timm)),
        ResNet.Row("seresnext50_32x4d", Paper, new(true, ResNet.D50, Groups: 32, GroupWidth: 4, Squeeze: true),
            WeightEntry.Timm("seresnext50_32x4d.racm_in1k", Timm)),
        new("legacy_senet154", Paper, Build, []),
    ];

    private static Value Build(Value x, int classes)
    {
        using (x.Graph.Scope("layer0"))
        {
            x = Conv(x, 1, 64, 3, stride: 2).Relu();
            x = Conv(x, 2, 64, 3).Relu();
            x = Conv(x, 3, 128, 3).Relu().MaxPool(3, 2, ceilMode: true, name: "pool");
        }
        for (int stage = 0; stage < ResNet.D152.Length; stage++)
            for (int i = 0; i < ResNet.D152[stage]; i++)
                using (x.Graph.Scope($"layer{stage + 1}.{i}"))
                    x = Block(x, 64 << stage, first: i == 0, stride: i == 0 && stage > 0 ? 2 : 1);
        return x.GlobalAveragePool("avg_pool").As("features").Dropout(0.2, "dropout").Linear("last_linear", classes);
    }

    // Unlike ResNeXt's block, the first convolution has half the channels, and a shortcut that halves the map is a 3x3 convolution.
    private static Value Block(Value x, int width, bool first, int stride)
    {
        var y = Conv(Conv(x, 1, width * 2, 1).Relu(), 2, width * 4, 3, stride, groups: 64).Relu();
        y = Conv(y, 3, width * 4, 1).SqueezeExcitation("se_module", width / 4, new Relu(), new Sigmoid());
        var shortcut = first ? x.Conv("downsample.0", width * 4, stride == 1 ? 1 : 3, stride).BatchNorm("downsample.1") : x;
        return (y + shortcut).Relu();
    }

    private static Value Conv(Value x, int index, int channels, int kernel, int stride = 1, int groups = 1) =>
        x.Conv($"conv{index}", channels, kernel, stride, groups: groups).BatchNorm($"bn{index}");
}
