using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>ShuffleNetV2, Ma et al. 2018 (arXiv:1807.11164): half the channels bypass each block, and a shuffle mixes the halves.</summary>
internal static class ShuffleNetV2
{
    public static readonly Backbone[] Variants =
    [
        Row("shufflenet_v2_x0_5", [48, 96, 192], 1024, ImageNetV1("shufflenetv2_x0.5-f707e7126e.pth", 60.552, 81.746)),
        Row("shufflenet_v2_x1_0", [116, 232, 464], 1024, ImageNetV1("shufflenetv2_x1-5666bf0f80.pth", 69.362, 88.316)),
        Row("shufflenet_v2_x1_5", [176, 352, 704], 1024, ImageNetV1("shufflenetv2_x1_5-3c479a10.pth", 72.996, 91.086, resize: 232)),
        Row("shufflenet_v2_x2_0", [244, 488, 976], 2048, ImageNetV1("shufflenetv2_x2_0-8be3c8ee.pth", 76.23, 93.006, resize: 232)),
    ];

    private static readonly int[] Repeats = [4, 8, 4];

    private static Backbone Row(string name, int[] channels, int last, params Weights.WeightEntry[] weights) =>
        new(name, "arXiv:1807.11164", (x, classes) => Build(x, channels, last, classes), weights);

    private static Value Build(Value x, int[] channels, int last, int classes)
    {
        x = ConvNormRelu(x, "conv1", 0, 24, kernel: 3, stride: 2).MaxPool(3, 2, padding: 1, "maxpool");
        for (int stage = 0; stage < channels.Length; stage++)
            for (int i = 0; i < Repeats[stage]; i++)
                using (x.Graph.Scope($"stage{stage + 2}.{i}"))
                    x = i == 0 ? Halve(x, channels[stage] / 2) : Block(x);
        return ConvNormRelu(x, "conv5", 0, last, kernel: 1).GlobalAveragePool("avgpool").As("features").Linear("fc", classes);
    }

    private static Value Block(Value x)
    {
        int half = x.Channels / 2;
        return x.ChannelSlice(0, half).Concat(Branch(x.ChannelSlice(half, half), half, stride: 1)).ChannelShuffle(2);
    }

    private static Value Halve(Value x, int half) =>
        ConvNormRelu(Depthwise(x, "branch1", 0, stride: 2), "branch1", 2, half, kernel: 1)
            .Concat(Branch(x, half, stride: 2)).ChannelShuffle(2);

    private static Value Branch(Value x, int half, int stride) =>
        ConvNormRelu(Depthwise(ConvNormRelu(x, "branch2", 0, half, kernel: 1), "branch2", 3, stride), "branch2", 5, half, kernel: 1);

    private static Value Depthwise(Value x, string name, int index, int stride) =>
        x.Conv($"{name}.{index}", x.Channels, 3, stride, groups: x.Channels, init: WeightInit.Uniform).BatchNorm($"{name}.{index + 1}");

    private static Value ConvNormRelu(Value x, string name, int index, int channels, int kernel, int stride = 1) =>
        x.Conv($"{name}.{index}", channels, kernel, stride, init: WeightInit.Uniform)
            .BatchNorm($"{name}.{index + 1}").Relu($"{name}.{index + 2}");
}
