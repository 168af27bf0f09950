using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>
/// MobileNet, Howard et al. 2017 (arXiv:1704.04861), with timm's names: depthwise separable convolutions, which are a depthwise 3x3
/// convolution and a 1x1 convolution that mixes the channels.
/// </summary>
internal static class MobileNetV1
{
    // The preprocessing of timm's weights.
    private static readonly Preprocessing Timm =
        Preprocessing.ImageNet.WithInceptionNormalization() with { Interpolation = Interpolation.Bicubic };

    public static readonly Backbone[] Variants =
    [
        new("mobilenetv1_100", "arXiv:1704.04861", Build, [WeightEntry.Timm("mobilenetv1_100.ra4_e3600_r224_in1k", Timm)]),
    ];

    // Every stage except the first halves the map.
    private static readonly (int Channels, int Repeats)[] Stages = [(64, 1), (128, 2), (256, 2), (512, 6), (1024, 2)];

    private static Value Build(Value x, int classes)
    {
        x = x.Conv("conv_stem", 32, 3, stride: 2).BatchNorm("bn1").Activate(new Relu6());
        for (int stage = 0; stage < Stages.Length; stage++)
            for (int i = 0; i < Stages[stage].Repeats; i++)
                using (x.Graph.Scope($"blocks.{stage}.{i}"))
                    x = Separable(x, Stages[stage].Channels, stride: i == 0 && stage > 0 ? 2 : 1);
        return x.GlobalAveragePool("global_pool").As("features").Linear("classifier", classes);
    }

    private static Value Separable(Value x, int channels, int stride) =>
        x.Conv("conv_dw", x.Channels, 3, stride, groups: x.Channels).BatchNorm("bn1").Activate(new Relu6())
         .Conv("conv_pw", channels, 1).BatchNorm("bn2").Activate(new Relu6());
}
