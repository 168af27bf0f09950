using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>Inception v4, Szegedy et al. 2016 (arXiv:1602.07261), with timm's names; the letters of the blocks are the paper's.</summary>
internal static class InceptionV4
{
    private static readonly Preprocessing Timm = Preprocessing.ImageNet.WithInceptionNormalization() with
    {
        Resize = 341,
        Crop = 299,
        Interpolation = Interpolation.Bicubic,
    };

    public static readonly Backbone[] Variants =
    [
        new("inception_v4", "arXiv:1602.07261", Build, [WeightEntry.Timm("inception_v4.tf_in1k", Timm)]),
    ];

    private static Value Build(Value x, int classes)
    {
        (Func<Value, Value> Block, int Repeats)[] stages =
        [
            (InceptionA, 4), (ReductionA, 1), (InceptionB, 7), (ReductionB, 1), (InceptionC, 3),
        ];
        using (x.Graph.Scope("features"))
        {
            x = Stem(x);
            // features.0 to features.5 are the stem.
            int index = 6;
            foreach (var (block, repeats) in stages)
                for (int i = 0; i < repeats; i++)
                    using (x.Graph.Scope($"{index++}"))
                        x = block(x);
        }
        return x.GlobalAveragePool("global_pool").As("features").Dropout(0.2).Linear("last_linear", classes);
    }

    private static Value Stem(Value x)
    {
        x = x.BasicConv("0", 32, 3, stride: 2).BasicConv("1", 32, 3).SameConv("2", 64, 3);
        x = x.MaxPool(3, 2, name: "3.maxpool").Concat(x.BasicConv("3.conv", 96, 3, stride: 2));
        var branch1 = x.BasicConv("4.branch1.0", 64, 1).SameConv("4.branch1.1", 64, (1, 7)).SameConv("4.branch1.2", 64, (7, 1));
        x = x.BasicConv("4.branch0.0", 64, 1).BasicConv("4.branch0.1", 96, 3).Concat(branch1.BasicConv("4.branch1.3", 96, 3));
        return x.BasicConv("5.conv", 192, 3, stride: 2).Concat(x.MaxPool(3, 2, name: "5.maxpool"));
    }

    private static Value InceptionA(Value x) => x.BasicConv("branch0", 96, 1).Concat(
        x.BasicConv("branch1.0", 64, 1).SameConv("branch1.1", 96, 3),
        x.BasicConv("branch2.0", 64, 1).SameConv("branch2.1", 96, 3).SameConv("branch2.2", 96, 3),
        Pooled(x, 96));

    private static Value ReductionA(Value x) => x.BasicConv("branch0", 384, 3, stride: 2).Concat(
        x.BasicConv("branch1.0", 192, 1).SameConv("branch1.1", 224, 3).BasicConv("branch1.2", 256, 3, stride: 2),
        x.MaxPool(3, 2, name: "branch2"));

    private static Value InceptionB(Value x) => x.BasicConv("branch0", 384, 1).Concat(
        x.BasicConv("branch1.0", 192, 1).SameConv("branch1.1", 224, (1, 7)).SameConv("branch1.2", 256, (7, 1)),
        x.BasicConv("branch2.0", 192, 1)
            .SameConv("branch2.1", 192, (7, 1)).SameConv("branch2.2", 224, (1, 7))
            .SameConv("branch2.3", 224, (7, 1)).SameConv("branch2.4", 256, (1, 7)),
        Pooled(x, 128));

    private static Value ReductionB(Value x) => x.BasicConv("branch0.0", 192, 1).BasicConv("branch0.1", 192, 3, stride: 2).Concat(
        x.BasicConv("branch1.0", 256, 1).SameConv("branch1.1", 256, (1, 7)).SameConv("branch1.2", 320, (7, 1))
            .BasicConv("branch1.3", 320, 3, stride: 2),
        x.MaxPool(3, 2, name: "branch2"));

    private static Value InceptionC(Value x)
    {
        var branch1 = x.BasicConv("branch1_0", 384, 1);
        var branch2 = x.BasicConv("branch2_0", 384, 1).SameConv("branch2_1", 448, (3, 1)).SameConv("branch2_2", 512, (1, 3));
        return x.BasicConv("branch0", 256, 1).Concat(
            branch1.SameConv("branch1_1a", 256, (1, 3)), branch1.SameConv("branch1_1b", 256, (3, 1)),
            branch2.SameConv("branch2_3a", 256, (1, 3)), branch2.SameConv("branch2_3b", 256, (3, 1)),
            Pooled(x, 256));
    }

    private static Value Pooled(Value x, int channels) =>
        x.AveragePool(3, 1, padding: 1, name: "branch3.0", countIncludePad: false).BasicConv("branch3.1", channels, 1);
}
