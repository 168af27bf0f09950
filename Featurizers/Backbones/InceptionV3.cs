using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// Inception v3, Szegedy et al. 2015 (arXiv:1512.00567): convolutions are factorized into 1x7 and 7x1. Its weights expect pixels from -1 to
/// 1: here this is part of the preprocessing, in torchvision it is <c>transform_input</c>.
/// </summary>
internal static class InceptionV3
{
    public static readonly Backbone[] Variants =
    [
        new("inception_v3", "arXiv:1512.00567", Build,
            [ImageNetV1("inception_v3_google-0cc3c7bd.pth", 77.294, 93.45, resize: 342, crop: 299).WithInceptionNormalization()])
        {
            Auxiliary = new Dictionary<string, double> { ["aux_logits"] = 0.4 },
        },
    ];

    private static Value Build(Value x, int classes)
    {
        x = x.BasicConv("Conv2d_1a_3x3", 32, 3, stride: 2).BasicConv("Conv2d_2a_3x3", 32, 3).SameConv("Conv2d_2b_3x3", 64, 3);
        x = x.MaxPool(3, 2, name: "maxpool1");
        x = x.BasicConv("Conv2d_3b_1x1", 80, 1).BasicConv("Conv2d_4a_3x3", 192, 3).MaxPool(3, 2, name: "maxpool2");
        x = InceptionA(InceptionA(InceptionA(x, "Mixed_5b", 32), "Mixed_5c", 64), "Mixed_5d", 64);
        x = InceptionB(x, "Mixed_6a");
        x = InceptionC(InceptionC(InceptionC(InceptionC(x, "Mixed_6b", 128), "Mixed_6c", 160), "Mixed_6d", 160), "Mixed_6e", 192);
        Auxiliary(x, classes).As("aux_logits");
        x = InceptionD(x, "Mixed_7a");
        x = InceptionE(InceptionE(x, "Mixed_7b"), "Mixed_7c");
        return x.GlobalAveragePool("avgpool").As("features").Dropout(0.5, "dropout").Linear("fc", classes, Blocks.InceptionInit(0.1));
    }

    // The paper's figure 5; the letters of the blocks are torchvision's.
    private static Value InceptionA(Value x, string name, int pooled)
    {
        using (x.Graph.Scope(name))
            return x.BasicConv("branch1x1", 64, 1).Concat(
                x.BasicConv("branch5x5_1", 48, 1).SameConv("branch5x5_2", 64, 5),
                x.BasicConv("branch3x3dbl_1", 64, 1).SameConv("branch3x3dbl_2", 96, 3).SameConv("branch3x3dbl_3", 96, 3),
                Pooled(x, pooled));
    }

    // Figure 10: halves the map.
    private static Value InceptionB(Value x, string name)
    {
        using (x.Graph.Scope(name))
            return x.BasicConv("branch3x3", 384, 3, stride: 2).Concat(
                x.BasicConv("branch3x3dbl_1", 64, 1).SameConv("branch3x3dbl_2", 96, 3).BasicConv("branch3x3dbl_3", 96, 3, stride: 2),
                x.MaxPool(3, 2));
    }

    // Figure 6, with n = 7.
    private static Value InceptionC(Value x, string name, int channels7x7)
    {
        using (x.Graph.Scope(name))
            return x.BasicConv("branch1x1", 192, 1).Concat(
                x.BasicConv("branch7x7_1", channels7x7, 1)
                    .SameConv("branch7x7_2", channels7x7, (1, 7)).SameConv("branch7x7_3", 192, (7, 1)),
                x.BasicConv("branch7x7dbl_1", channels7x7, 1)
                    .SameConv("branch7x7dbl_2", channels7x7, (7, 1)).SameConv("branch7x7dbl_3", channels7x7, (1, 7))
                    .SameConv("branch7x7dbl_4", channels7x7, (7, 1)).SameConv("branch7x7dbl_5", 192, (1, 7)),
                Pooled(x, 192));
    }

    // Halves the map.
    private static Value InceptionD(Value x, string name)
    {
        using (x.Graph.Scope(name))
            return x.BasicConv("branch3x3_1", 192, 1).BasicConv("branch3x3_2", 320, 3, stride: 2).Concat(
                x.BasicConv("branch7x7x3_1", 192, 1)
                    .SameConv("branch7x7x3_2", 192, (1, 7)).SameConv("branch7x7x3_3", 192, (7, 1))
                    .BasicConv("branch7x7x3_4", 192, 3, stride: 2),
                x.MaxPool(3, 2));
    }

    // Figure 7: 1x3 and 3x1 convolutions in parallel.
    private static Value InceptionE(Value x, string name)
    {
        using (x.Graph.Scope(name))
        {
            var branch3x3 = x.BasicConv("branch3x3_1", 384, 1);
            var branch3x3dbl = x.BasicConv("branch3x3dbl_1", 448, 1).SameConv("branch3x3dbl_2", 384, 3);
            return x.BasicConv("branch1x1", 320, 1).Concat(
                branch3x3.SameConv("branch3x3_2a", 384, (1, 3)), branch3x3.SameConv("branch3x3_2b", 384, (3, 1)),
                branch3x3dbl.SameConv("branch3x3dbl_3a", 384, (1, 3)), branch3x3dbl.SameConv("branch3x3dbl_3b", 384, (3, 1)),
                Pooled(x, 192));
        }
    }

    private static Value Pooled(Value x, int channels) => x.AveragePool(3, 1, padding: 1).BasicConv("branch_pool", channels, 1);

    private static Value Auxiliary(Value x, int classes)
    {
        using (x.Graph.Scope("AuxLogits"))
        {
            // At 299 pixels the pool gives a map of 5 x 5. Smaller images are pooled to the same size.
            x = x.Shape.Height >= 17 ? x.AveragePool(5, 3) : x.AdaptiveAveragePool(5);
            return x.BasicConv("conv0", 128, 1).BasicConv("conv1", 768, 5).GlobalAveragePool()
                .Linear("fc", classes, Blocks.InceptionInit(0.001));
        }
    }
}
