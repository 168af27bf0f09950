using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// GoogLeNet, Szegedy et al. 2014 (arXiv:1409.4842), with batch normalization and 3x3 convolutions in place of the paper's 5x5
/// convolutions, as in torchvision. Its weights expect pixels from -1 to 1: the preprocessing scales them, where torchvision's network has
/// <c>transform_input</c>. The auxiliary classifiers in the published file are not trained.
/// </summary>
internal static class GoogLeNet
{
    private const double WeightStd = 0.01;

    public static readonly Backbone[] Variants =
    [
        new("googlenet", "arXiv:1409.4842", Build, [ImageNetV1("googlenet-1378be20.pth", 69.778, 89.53).WithInceptionNormalization()])
        {
            // The weights of the auxiliary losses.
            Auxiliary = new Dictionary<string, double> { ["aux_logits1"] = 0.3, ["aux_logits2"] = 0.3 },
        },
    ];

    private static Value Build(Value x, int classes)
    {
        x = x.NormalConv("conv1", 64, 7, stride: 2).MaxPool(3, 2, ceilMode: true, name: "maxpool1");
        x = x.NormalConv("conv2", 64, 1).NormalConv("conv3", 192, 3).MaxPool(3, 2, ceilMode: true, name: "maxpool2");
        x = Inception(x, "inception3a", 64, (96, 128), (16, 32), 32);
        x = Inception(x, "inception3b", 128, (128, 192), (32, 96), 64).MaxPool(3, 2, ceilMode: true, name: "maxpool3");
        x = Inception(x, "inception4a", 192, (96, 208), (16, 48), 64);
        AuxiliaryClassifier(x, "aux1", classes).As("aux_logits1");
        x = Inception(x, "inception4b", 160, (112, 224), (24, 64), 64);
        x = Inception(x, "inception4c", 128, (128, 256), (24, 64), 64);
        x = Inception(x, "inception4d", 112, (144, 288), (32, 64), 64);
        AuxiliaryClassifier(x, "aux2", classes).As("aux_logits2");
        x = Inception(x, "inception4e", 256, (160, 320), (32, 128), 128).MaxPool(2, 2, ceilMode: true, name: "maxpool4");
        x = Inception(x, "inception5a", 256, (160, 320), (32, 128), 128);
        x = Inception(x, "inception5b", 384, (192, 384), (48, 128), 128);
        return x.GlobalAveragePool("avgpool").As("features").Dropout(0.2, "dropout")
            .Linear("fc", classes, Blocks.InceptionInit(WeightStd));
    }

    // Four parallel branches; 1x1 convolutions reduce the channels before the 3x3 convolutions and after the pool.
    private static Value Inception(Value x, string name, int branch1, (int Reduced, int Channels) branch2,
        (int Reduced, int Channels) branch3, int branch4)
    {
        using (x.Graph.Scope(name))
            return x.NormalConv("branch1", branch1, 1).Concat(
                x.NormalConv("branch2.0", branch2.Reduced, 1).NormalConv("branch2.1", branch2.Channels, 3),
                x.NormalConv("branch3.0", branch3.Reduced, 1).NormalConv("branch3.1", branch3.Channels, 3),
                x.MaxPool(3, 1, padding: 1, name: "branch4.0").NormalConv("branch4.1", branch4, 1));
    }

    private static Value AuxiliaryClassifier(Value x, string name, int classes)
    {
        using (x.Graph.Scope(name))
            return x.AdaptiveAveragePool(4).NormalConv("conv", 128, 1).Flatten()
                .Linear("fc1", 1024, Blocks.InceptionInit(WeightStd)).Relu().Dropout(0.7, "dropout")
                .Linear("fc2", classes, Blocks.InceptionInit(WeightStd));
    }

    private static Value NormalConv(this Value x, string name, int channels, int kernel, int stride = 1) =>
        x.SameConv(name, channels, kernel, stride, WeightStd);
}
