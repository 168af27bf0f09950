using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// ResNet, He et al. 2015 (arXiv:1512.03385), with the stride on the 3x3 convolution as in torchvision;
/// ResNeXt, Xie et al. 2016 (arXiv:1611.05431); Wide ResNet, Zagoruyko and Komodakis 2016 (arXiv:1605.07146).
/// </summary>
internal static class ResNet
{
    internal sealed record Variant(bool Bottleneck, int[] Blocks, int Groups = 1, int GroupWidth = 64, bool Squeeze = false);

    internal static readonly int[] D50 = [3, 4, 6, 3], D101 = [3, 4, 23, 3], D152 = [3, 8, 36, 3];

    public static readonly Backbone[] Variants =
    [
        Row("resnet18", "arXiv:1512.03385", new(false, [2, 2, 2, 2]), ImageNetV1("resnet18-f37072fd.pth", 69.758, 89.078)),
        Row("resnet34", "arXiv:1512.03385", new(false, D50), ImageNetV1("resnet34-b627a593.pth", 73.314, 91.42)),
        Row("resnet50", "arXiv:1512.03385", new(true, D50),
            ImageNetV1("resnet50-0676ba61.pth", 76.13, 92.862), ImageNetV2("resnet50-11ad3fa6.pth", 80.858, 95.434)),
        Row("resnet101", "arXiv:1512.03385", new(true, D101),
            ImageNetV1("resnet101-63fe2227.pth", 77.374, 93.546), ImageNetV2("resnet101-cd907fc2.pth", 81.886, 95.78)),
        Row("resnet152", "arXiv:1512.03385", new(true, D152),
            ImageNetV1("resnet152-394f9c45.pth", 78.312, 94.046), ImageNetV2("resnet152-f82ba261.pth", 82.284, 96.002)),
        Row("resnext50_32x4d", "arXiv:1611.05431", new(true, D50, Groups: 32, GroupWidth: 4),
            ImageNetV1("resnext50_32x4d-7cdf4587.pth", 77.618, 93.698), ImageNetV2("resnext50_32x4d-1a0047aa.pth", 81.198, 95.34)),
        Row("resnext101_32x8d", "arXiv:1611.05431", new(true, D101, Groups: 32, GroupWidth: 8),
            ImageNetV1("resnext101_32x8d-8ba56ff5.pth", 79.312, 94.526), ImageNetV2("resnext101_32x8d-110c445d.pth", 82.834, 96.228)),
        Row("resnext101_64x4d", "arXiv:1611.05431", new(true, D101, Groups: 64, GroupWidth: 4),
            ImageNetV1("resnext101_64x4d-173b62eb.pth", 83.246, 96.454, resize: 232)),
        Row("wide_resnet50_2", "arXiv:1605.07146", new(true, D50, GroupWidth: 128),
            ImageNetV1("wide_resnet50_2-95faca4d.pth", 78.468, 94.086), ImageNetV2("wide_resnet50_2-9ba9bcbe.pth", 81.602, 95.758)),
        Row("wide_resnet101_2", "arXiv:1605.07146", new(true, D101, GroupWidth: 128),
            ImageNetV1("wide_resnet101_2-32ee1156.pth", 78.848, 94.284), ImageNetV2("wide_resnet101_2-d733dc28.pth", 82.51, 96.02)),
    ];

    internal static Backbone Row(string name, string paper, Variant variant, params Weights.WeightEntry[] weights) =>
        new(name, paper, (x, classes) => Build(x, variant, classes), weights);

    internal static Value Build(Value x, Variant variant, int classes)
    {
        x = x.Conv("conv1", 64, kernel: 7, stride: 2).BatchNorm("bn1").Relu("relu").MaxPool(3, 2, padding: 1, "maxpool");
        for (int stage = 0; stage < 4; stage++)
            for (int i = 0; i < variant.Blocks[stage]; i++)
                using (x.Graph.Scope($"layer{stage + 1}.{i}"))
                    x = Block(x, 64 << stage, stride: i == 0 && stage > 0 ? 2 : 1, variant);
        return x.GlobalAveragePool("avgpool").As("features").Linear("fc", classes);
    }

    private static Value Block(Value x, int width, int stride, Variant variant)
    {
        int channels = variant.Bottleneck ? width * 4 : width;
        var y = variant.Bottleneck ? Bottleneck(x, width, stride, variant) : Basic(x, width, stride);
        y = variant.Squeeze ? y.SqueezeExcitation("se", channels / 16, new Relu(), new Sigmoid()) : y;
        var shortcut = stride == 1 && x.Channels == channels
            ? x
            : x.Conv("downsample.0", channels, 1, stride).BatchNorm("downsample.1");
        return (y + shortcut).Relu();
    }

    private static Value Basic(Value x, int width, int stride) =>
        x.Conv("conv1", width, 3, stride).BatchNorm("bn1").Relu()
         .Conv("conv2", width, 3).BatchNorm("bn2");

    private static Value Bottleneck(Value x, int width, int stride, Variant variant)
    {
        int inner = width * variant.GroupWidth / 64 * variant.Groups;
        return x.Conv("conv1", inner, 1).BatchNorm("bn1").Relu()
                .Conv("conv2", inner, 3, stride, groups: variant.Groups).BatchNorm("bn2").Relu()
                .Conv("conv3", width * 4, 1).BatchNorm("bn3");
    }
}
