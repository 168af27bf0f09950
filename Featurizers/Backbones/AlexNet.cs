using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// AlexNet, Krizhevsky et al. 2012, in the one-tower variant of Krizhevsky 2014 (arXiv:1404.5997), as in torchvision. Its features are the
/// 4096 outputs of fc7 after ReLU.
/// </summary>
internal static class AlexNet
{
    public static readonly Backbone[] Variants =
        [new("alexnet", "arXiv:1404.5997", Build, [ImageNetV1("alexnet-owt-7be5be79.pth", 56.522, 79.066)])];

    private static Value Build(Value x, int classes)
    {
        using (x.Graph.Scope("features"))
        {
            x = Conv(x, 0, 64, kernel: 11, stride: 4, padding: 2).MaxPool(3, 2, name: "2");
            x = Conv(x, 3, 192, kernel: 5).MaxPool(3, 2, name: "5");
            x = Conv(Conv(Conv(x, 6, 384, kernel: 3), 8, 256, kernel: 3), 10, 256, kernel: 3).MaxPool(3, 2, name: "12");
        }
        x = x.AdaptiveAveragePool(6, "avgpool").Flatten();
        using (x.Graph.Scope("classifier"))
            return x.Dropout(0.5, "0").Linear("1", 4096).Relu("2")
                .Dropout(0.5, "3").Linear("4", 4096).Relu("5").As("features")
                .Linear("6", classes);
    }

    private static Value Conv(Value x, int index, int channels, int kernel, int stride = 1, int? padding = null) =>
        x.Conv($"{index}", channels, kernel, stride, padding, bias: true, init: WeightInit.Uniform).Relu($"{index + 1}");
}
