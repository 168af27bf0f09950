using TransferKit.Graphs;
using static TransferKit.Backbones.Blocks;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>MnasNet, Tan et al. 2018 (arXiv:1807.11626), model B1: inverted residuals found by a search, in several widths.</summary>
internal static class MnasNet
{
    // The stride is that of the first block.
    private static readonly (int Expansion, int Channels, int Kernel, int Stride, int Repeats)[] Stages =
        [(3, 24, 3, 2, 3), (3, 40, 5, 2, 3), (6, 80, 5, 2, 3), (6, 96, 3, 1, 2), (6, 192, 5, 2, 4), (6, 320, 3, 1, 1)];

    // TensorFlow's momentum of 0.9997 is 1 - 0.9997 in PyTorch.
    private static readonly BatchNorm Norm = new(Momentum: 1 - 0.9997);

    public static readonly Backbone[] Variants =
    [
        Row("mnasnet0_5", 0.5, ImageNetV1("mnasnet0.5_top1_67.823-3ffadce67e.pth", 67.734, 87.49)),
        Row("mnasnet0_75", 0.75, ImageNetV1("mnasnet0_75-7090bc5f.pth", 71.18, 90.496, resize: 232)),
        Row("mnasnet1_0", 1.0, ImageNetV1("mnasnet1.0_top1_73.512-f206786ef8.pth", 73.456, 91.51)),
        Row("mnasnet1_3", 1.3, ImageNetV1("mnasnet1_3-a4c69d6f.pth", 76.506, 93.522, resize: 232)),
    ];

    private static Backbone Row(string name, double width, params Weights.WeightEntry[] weights) =>
        new(name, "arXiv:1807.11626", (x, classes) => Build(x, width, classes), weights) { GainsByInt8 = false };

    private static Value Build(Value x, double width, int classes)
    {
        using (x.Graph.Scope("layers"))
        {
            x = Conv(x, 0, MakeDivisible(32 * width), 3, stride: 2).Relu("2");
            x = Conv(x, 3, x.Channels, 3, groups: x.Channels).Relu("5");
            x = Conv(x, 6, MakeDivisible(16 * width), 1);
            int index = 8;
            foreach (var (expansion, channels, kernel, stride, repeats) in Stages)
            {
                for (int i = 0; i < repeats; i++)
                    using (x.Graph.Scope($"{index}.{i}.layers"))
                        x = InvertedResidual(x, expansion, MakeDivisible(channels * width), kernel, i == 0 ? stride : 1);
                index++;
            }
            x = Conv(x, index, 1280, 1).Relu($"{index + 2}");
        }
        return x.GlobalAveragePool("avgpool").As("features")
            .Dropout(0.2, "classifier.0").Linear("classifier.1", classes, WeightInit.FanOutUniform(Math.Sqrt(3)));
    }

    private static Value InvertedResidual(Value x, int expansion, int channels, int kernel, int stride)
    {
        int hidden = x.Channels * expansion;
        var y = Conv(x, 0, hidden, 1).Relu("2");
        y = Conv(y, 3, hidden, kernel, stride, groups: hidden).Relu("5");
        return Conv(y, 6, channels, 1).AddTo(x, stride);
    }

    private static Value Conv(Value x, int index, int channels, int kernel, int stride = 1, int groups = 1) =>
        x.Conv($"{index}", channels, kernel, stride, groups: groups).BatchNorm($"{index + 1}", Norm);
}
