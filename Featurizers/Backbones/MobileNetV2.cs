using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>MobileNetV2, Sandler et al. 2018 (arXiv:1801.04381): inverted residuals with linear bottlenecks.</summary>
internal static class MobileNetV2
{
    // The paper's table 2; the stride is that of the first block.
    private static readonly (int Expansion, int Channels, int Repeats, int Stride)[] Stages =
        [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)];

    public static readonly Backbone[] Variants =
    [
        new("mobilenet_v2", "arXiv:1801.04381", Build,
            [ImageNetV1("mobilenet_v2-b0353104.pth", 71.878, 90.286), ImageNetV2("mobilenet_v2-7ebf99e0.pth", 72.154, 90.822)])
        { GainsByInt8 = false },
    ];

    private static Value Build(Value x, int classes)
    {
        int block = 0;
        x = x.ConvNorm($"features.{block++}", 32, 3, new Relu6(), stride: 2);
        foreach (var (expansion, channels, repeats, stride) in Stages)
            for (int i = 0; i < repeats; i++)
                using (x.Graph.Scope($"features.{block++}"))
                    x = InvertedResidual(x, expansion, channels, i == 0 ? stride : 1);
        x = x.ConvNorm($"features.{block}", 1280, 1, new Relu6());
        return x.GlobalAveragePool("avgpool").As("features")
            .Dropout(0.2, "classifier.0").Linear("classifier.1", classes, WeightInit.Normal(0.01));
    }

    private static Value InvertedResidual(Value x, int expansion, int channels, int stride)
    {
        int hidden = x.Channels * expansion, layer = 0;
        var y = expansion == 1 ? x : x.ConvNorm($"conv.{layer++}", hidden, 1, new Relu6());
        y = y.ConvNorm($"conv.{layer++}", hidden, 3, new Relu6(), stride, groups: hidden);
        return y.Conv($"conv.{layer++}", channels, 1).BatchNorm($"conv.{layer}").AddTo(x, stride);
    }
}
