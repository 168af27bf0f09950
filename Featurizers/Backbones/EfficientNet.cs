using TransferKit.Graphs;
using TransferKit.Images;
using static TransferKit.Backbones.Blocks;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// EfficientNet, Tan and Le 2019 (arXiv:1905.11946): one network in eight sizes, with width, depth and image size scaled together; and
/// EfficientNetV2, Tan and Le 2021 (arXiv:2104.00298), whose early stages use FusedMBConv: one 3x3 convolution in place of the
/// expansion and the depthwise convolution.
/// </summary>
internal static class EfficientNet
{
    private const string EfficientNetPaper = "arXiv:1905.11946", EfficientNetV2Paper = "arXiv:2104.00298";

    // A row of the papers' tables; the stride is that of the first block.
    private sealed record Stage(int Expansion, int Kernel, int Stride, int Channels, int Repeats, bool Fused = false);

    // LastChannels is null for four times the channels of the last stage.
    private sealed record Variant(Stage[] Stages, int StemChannels, int? LastChannels, BatchNorm Norm, double Dropout);

    private static readonly Stage[] B0Stages =
    [
        new(1, 3, 1, 16, 1), new(6, 3, 2, 24, 2), new(6, 5, 2, 40, 2), new(6, 3, 2, 80, 3),
        new(6, 5, 1, 112, 3), new(6, 5, 2, 192, 4), new(6, 3, 1, 320, 1),
    ];

    private static readonly Stage[] SmallStages =
    [
        new(1, 3, 1, 24, 2, Fused: true), new(4, 3, 2, 48, 4, Fused: true), new(4, 3, 2, 64, 4, Fused: true), new(4, 3, 2, 128, 6),
        new(6, 3, 1, 160, 9), new(6, 3, 2, 256, 15),
    ];

    private static readonly Stage[] MediumStages =
    [
        new(1, 3, 1, 24, 3, Fused: true), new(4, 3, 2, 48, 5, Fused: true), new(4, 3, 2, 80, 5, Fused: true), new(4, 3, 2, 160, 7),
        new(6, 3, 1, 176, 14), new(6, 3, 2, 304, 18), new(6, 3, 1, 512, 5),
    ];

    private static readonly Stage[] LargeStages =
    [
        new(1, 3, 1, 32, 4, Fused: true), new(4, 3, 2, 64, 7, Fused: true), new(4, 3, 2, 96, 7, Fused: true), new(4, 3, 2, 192, 10),
        new(6, 3, 1, 224, 19), new(6, 3, 2, 384, 25), new(6, 3, 1, 640, 7),
    ];

    private static readonly BatchNorm V2Norm = new(Epsilon: 1e-3), LowMomentumNorm = new(Epsilon: 1e-3, Momentum: 0.01);

    public static readonly Backbone[] Variants =
    [
        Row("efficientnet_b0", EfficientNetPaper, Scaled(1.0, 1.0, 0.2),
            ImageNetV1("efficientnet_b0_rwightman-7f5810bc.pth", 77.692, 93.532, 256, 224, Interpolation.Bicubic)),
        Row("efficientnet_b1", EfficientNetPaper, Scaled(1.0, 1.1, 0.2),
            ImageNetV1("efficientnet_b1_rwightman-bac287d4.pth", 78.642, 94.186, 256, 240, Interpolation.Bicubic),
            ImageNetV2("efficientnet_b1-c27df63c.pth", 79.838, 94.934, 255, 240)),
        Row("efficientnet_b2", EfficientNetPaper, Scaled(1.1, 1.2, 0.3),
            ImageNetV1("efficientnet_b2_rwightman-c35c1473.pth", 80.608, 95.31, 288, 288, Interpolation.Bicubic)),
        Row("efficientnet_b3", EfficientNetPaper, Scaled(1.2, 1.4, 0.3),
            ImageNetV1("efficientnet_b3_rwightman-b3899882.pth", 82.008, 96.054, 320, 300, Interpolation.Bicubic)),
        Row("efficientnet_b4", EfficientNetPaper, Scaled(1.4, 1.8, 0.4),
            ImageNetV1("efficientnet_b4_rwightman-23ab8bcd.pth", 83.384, 96.594, 384, 380, Interpolation.Bicubic)),
        Row("efficientnet_b5", EfficientNetPaper, Scaled(1.6, 2.2, 0.4, LowMomentumNorm),
            ImageNetV1("efficientnet_b5_lukemelas-1a07897c.pth", 83.444, 96.628, 456, 456, Interpolation.Bicubic)),
        Row("efficientnet_b6", EfficientNetPaper, Scaled(1.8, 2.6, 0.5, LowMomentumNorm),
            ImageNetV1("efficientnet_b6_lukemelas-24a108a5.pth", 84.008, 96.916, 528, 528, Interpolation.Bicubic)),
        Row("efficientnet_b7", EfficientNetPaper, Scaled(2.0, 3.1, 0.5, LowMomentumNorm),
            ImageNetV1("efficientnet_b7_lukemelas-c5b4e57e.pth", 84.122, 96.908, 600, 600, Interpolation.Bicubic)),
        Row("efficientnet_v2_s", EfficientNetV2Paper, new(SmallStages, 24, 1280, V2Norm, 0.2),
            ImageNetV1("efficientnet_v2_s-dd5fe13b.pth", 84.228, 96.878, 384, 384)),
        Row("efficientnet_v2_m", EfficientNetV2Paper, new(MediumStages, 24, 1280, V2Norm, 0.3),
            ImageNetV1("efficientnet_v2_m-dc08266a.pth", 85.112, 97.156, 480, 480)),
        Row("efficientnet_v2_l", EfficientNetV2Paper, new(LargeStages, 32, 1280, V2Norm, 0.4),
            ImageNetV1("efficientnet_v2_l-59c71312.pth", 85.808, 97.788, 480, 480, Interpolation.Bicubic).WithInceptionNormalization()),
    ];

    private static Backbone Row(string name, string paper, Variant variant, params Weights.WeightEntry[] weights) =>
        new(name, paper, (x, classes) => Build(x, variant, classes), weights) { GainsByInt8 = paper != EfficientNetPaper };

    // Compound scaling: channels are rounded to multiples of 8, numbers of repetitions are rounded up.
    private static Variant Scaled(double width, double depth, double dropout, BatchNorm? norm = null)
    {
        var stages = B0Stages.Select(stage => stage with
        {
            Channels = MakeDivisible(stage.Channels * width),
            Repeats = (int)Math.Ceiling(stage.Repeats * depth),
        });
        return new([.. stages], StemChannels: MakeDivisible(32 * width), LastChannels: null, norm ?? new BatchNorm(), dropout);
    }

    private static Value Build(Value x, Variant variant, int classes)
    {
        x = x.ConvNorm("features.0", variant.StemChannels, 3, new Silu(), stride: 2, norm: variant.Norm);
        int block = 0, blockCount = variant.Stages.Sum(s => s.Repeats), index = 1;
        foreach (var stage in variant.Stages)
        {
            for (int i = 0; i < stage.Repeats; i++)
                using (x.Graph.Scope($"features.{index}.{i}"))
                    x = Block(x, stage, i == 0 ? stage.Stride : 1, variant.Norm, drop: 0.2 * block++ / blockCount);
            index++;
        }
        x = x.ConvNorm($"features.{index}", variant.LastChannels ?? 4 * x.Channels, 1, new Silu(), norm: variant.Norm);
        return x.GlobalAveragePool("avgpool").As("features")
            .Dropout(variant.Dropout, "classifier.0").Linear("classifier.1", classes, WeightInit.FanOutUniform());
    }

    // torchvision's MBConv, or FusedMBConv if the stage is fused.
    private static Value Block(Value x, Stage stage, int stride, BatchNorm norm, double drop)
    {
        int input = x.Channels, expanded = input * stage.Expansion;
        if (!stage.Fused)
            return x.InvertedResidual(expanded, stage.Channels, stage.Kernel, stride, new Silu(), norm,
                (y, name) => y.SqueezeExcitation(name, Math.Max(1, input / 4), new Silu(), new Sigmoid()), drop);
        bool expands = stage.Expansion > 1;
        var y = x.ConvNorm("block.0", expands ? expanded : stage.Channels, stage.Kernel, new Silu(), stride, norm: norm);
        return (expands ? y.ConvNorm("block.1", stage.Channels, 1, activation: null, norm: norm) : y).AddTo(x, stride, drop);
    }
}
