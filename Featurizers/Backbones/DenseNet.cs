using System.Text.RegularExpressions;
using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>DenseNet, Huang et al. 2016 (arXiv:1608.06993): each layer reads the outputs of all earlier layers of its block.</summary>
internal static partial class DenseNet
{
    public static readonly Backbone[] Variants =
    [
        Row("densenet121", 64, 32, [6, 12, 24, 16], ImageNetV1("densenet121-a639ec97.pth", 74.434, 91.972)),
        Row("densenet161", 96, 48, [6, 12, 36, 24], ImageNetV1("densenet161-8d451a50.pth", 77.138, 93.56)),
        Row("densenet169", 64, 32, [6, 12, 32, 32], ImageNetV1("densenet169-b2777c0a.pth", 75.6, 92.806)),
        Row("densenet201", 64, 32, [6, 12, 48, 32], ImageNetV1("densenet201-c1103571.pth", 76.896, 93.37)),
    ];

    private static Backbone Row(string name, int stem, int growth, int[] blocks, params Weights.WeightEntry[] weights) =>
        new(name, "arXiv:1608.06993", (x, classes) => Build(x, stem, growth, blocks, classes), weights) { RenameKey = ToModuleName };

    private static Value Build(Value x, int stem, int growth, int[] blocks, int classes)
    {
        using (x.Graph.Scope("features"))
        {
            x = Conv(x, "conv0", stem, kernel: 7, stride: 2).BatchNorm("norm0").Relu("relu0").MaxPool(3, 2, padding: 1, "pool0");
            for (int block = 1; block <= blocks.Length; block++)
            {
                for (int layer = 1; layer <= blocks[block - 1]; layer++)
                    using (x.Graph.Scope($"denseblock{block}.denselayer{layer}"))
                        x = x.Concat(Layer(x, growth));
                if (block < blocks.Length)
                    using (x.Graph.Scope($"transition{block}"))
                        x = Conv(x.BatchNorm("norm").Relu("relu"), "conv", x.Channels / 2, kernel: 1).AveragePool(2, 2, name: "pool");
            }
            x = x.BatchNorm("norm5");
        }
        return x.Relu().GlobalAveragePool("avgpool").As("features").Linear("classifier", classes, WeightInit.Uniform with { Bias = null });
    }

    private static Value Layer(Value x, int growth)
    {
        x = Conv(x.BatchNorm("norm1").Relu("relu1"), "conv1", 4 * growth, kernel: 1);
        return Conv(x.BatchNorm("norm2").Relu("relu2"), "conv2", growth, kernel: 3);
    }

    private static Value Conv(Value x, string name, int channels, int kernel, int stride = 1) =>
        x.Conv(name, channels, kernel, stride, init: WeightInit.KaimingFanIn);

    // The published files are older than PyTorch's ban on dots in names: they have norm.1 where the modules are called norm1.
    private static string ToModuleName(string key) => OldName().Replace(key, "$1$2");

    [GeneratedRegex(@"(denselayer\d+\.(?:norm|conv))\.([12]\.)")]
    private static partial Regex OldName();
}
