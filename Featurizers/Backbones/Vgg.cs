using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// VGG, Simonyan and Zisserman 2014 (arXiv:1409.1556), with torchvision's names. Its features are the 4096 outputs of fc7 after ReLU.
/// </summary>
internal static class Vgg
{
    // The number of convolutions in each of the five stages: the paper's configurations A, B, D and E.
    private static readonly int[] A = [1, 1, 2, 2, 2], B = [2, 2, 2, 2, 2], D = [2, 2, 3, 3, 3], E = [2, 2, 4, 4, 4];

    public static readonly Backbone[] Variants =
    [
        Row("vgg11", A, false, ImageNetV1("vgg11-8a719046.pth", 69.02, 88.628)),
        Row("vgg11_bn", A, true, ImageNetV1("vgg11_bn-6002323d.pth", 70.37, 89.81)),
        Row("vgg13", B, false, ImageNetV1("vgg13-19584684.pth", 69.928, 89.246)),
        Row("vgg13_bn", B, true, ImageNetV1("vgg13_bn-abd245e5.pth", 71.586, 90.374)),
        Row("vgg16", D, false, ImageNetV1("vgg16-397923af.pth", 71.592, 90.382), CaffeFeatures("vgg16_features-amdegroot-88682ab5.pth")),
        Row("vgg16_bn", D, true, ImageNetV1("vgg16_bn-6c64b313.pth", 73.36, 91.516)),
        Row("vgg19", E, false, ImageNetV1("vgg19-dcbb9e9d.pth", 72.376, 90.876)),
        Row("vgg19_bn", E, true, ImageNetV1("vgg19_bn-c79401a0.pth", 74.218, 91.842)),
    ];

    private static Backbone Row(string name, int[] stages, bool norm, params Weights.WeightEntry[] weights) =>
        new(name, "arXiv:1409.1556", (x, classes) => Build(x, stages, norm, classes), weights);

    private static Value Build(Value x, int[] stages, bool norm, int classes)
    {
        using (x.Graph.Scope("features"))
        {
            int index = 0;
            for (int stage = 0; stage < stages.Length; stage++)
            {
                for (int i = 0; i < stages[stage]; i++)
                {
                    x = x.Conv($"{index++}", Math.Min(64 << stage, 512), kernel: 3, bias: true);
                    x = (norm ? x.BatchNorm($"{index++}") : x).Relu($"{index++}");
                }
                x = x.MaxPool(2, 2, name: $"{index++}");
            }
        }
        x = x.AdaptiveAveragePool(7, "avgpool").Flatten();
        using (x.Graph.Scope("classifier"))
            return x.Linear("0", 4096, WeightInit.Normal(0.01)).Relu("1").Dropout(0.5, "2")
                .Linear("3", 4096, WeightInit.Normal(0.01)).Relu("4").As("features").Dropout(0.5, "5")
                .Linear("6", classes, WeightInit.Normal(0.01));
    }
}
