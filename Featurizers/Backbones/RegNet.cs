using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// RegNet, Radosavovic et al. 2020 (arXiv:2003.13678), with torchvision's names: residual networks whose widths follow a line. RegNetY is
/// RegNetX with squeeze and excitation.
/// </summary>
internal static class RegNet
{
    // The paper's parameters. The widths of the blocks lie near the line w_0 + w_a * block, on the powers w_0 * w_m^k.
    private sealed record Variant(int Depth, int InitialWidth, double Slope, double Multiplier, int GroupWidth);

    private sealed record Stage(int Depth, int Width, int GroupWidth);

    public static readonly Backbone[] Variants =
    [
        X("400mf", new(22, 24, 24.48, 2.54, 16),
            ImageNetV1("regnet_x_400mf-adf1edd5.pth", 72.834, 90.95), ImageNetV2("regnet_x_400mf-62229a5f.pth", 74.864, 92.322)),
        X("800mf", new(16, 56, 35.73, 2.28, 16),
            ImageNetV1("regnet_x_800mf-ad17e45c.pth", 75.212, 92.348), ImageNetV2("regnet_x_800mf-94a99ebd.pth", 77.522, 93.826)),
        X("1_6gf", new(18, 80, 34.01, 2.25, 24),
            ImageNetV1("regnet_x_1_6gf-e3633e7f.pth", 77.04, 93.44), ImageNetV2("regnet_x_1_6gf-a12f2b72.pth", 79.668, 94.922)),
        X("3_2gf", new(25, 88, 26.31, 2.25, 48),
            ImageNetV1("regnet_x_3_2gf-f342aeae.pth", 78.364, 93.992), ImageNetV2("regnet_x_3_2gf-7071aa85.pth", 81.196, 95.43)),
        X("8gf", new(23, 80, 49.56, 2.88, 120),
            ImageNetV1("regnet_x_8gf-03ceed89.pth", 79.344, 94.686), ImageNetV2("regnet_x_8gf-2b70d774.pth", 81.682, 95.678)),
        X("16gf", new(22, 216, 55.59, 2.1, 128),
            ImageNetV1("regnet_x_16gf-2007eb11.pth", 80.058, 94.944), ImageNetV2("regnet_x_16gf-ba3796d7.pth", 82.716, 96.196)),
        X("32gf", new(23, 320, 69.86, 2.0, 168),
            ImageNetV1("regnet_x_32gf-9d47f8d0.pth", 80.622, 95.248), ImageNetV2("regnet_x_32gf-6eb8fdc6.pth", 83.014, 96.288)),
        Y("400mf", new(16, 48, 27.89, 2.09, 8),
            ImageNetV1("regnet_y_400mf-c65dace8.pth", 74.046, 91.716), ImageNetV2("regnet_y_400mf-e6988f5f.pth", 75.804, 92.742)),
        Y("800mf", new(14, 56, 38.84, 2.4, 16),
            ImageNetV1("regnet_y_800mf-1b27b58c.pth", 76.42, 93.136), ImageNetV2("regnet_y_800mf-58fc7688.pth", 78.828, 94.502)),
        Y("1_6gf", new(27, 48, 20.71, 2.65, 24),
            ImageNetV1("regnet_y_1_6gf-b11a554e.pth", 77.95, 93.966), ImageNetV2("regnet_y_1_6gf-0d7bc02a.pth", 80.876, 95.444)),
        Y("3_2gf", new(21, 80, 42.63, 2.66, 24),
            ImageNetV1("regnet_y_3_2gf-b5a9779c.pth", 78.948, 94.576), ImageNetV2("regnet_y_3_2gf-9180c971.pth", 81.982, 95.972)),
        Y("8gf", new(17, 192, 76.82, 2.19, 56),
            ImageNetV1("regnet_y_8gf-d0d0e4a8.pth", 80.032, 95.048), ImageNetV2("regnet_y_8gf-dc2b1b54.pth", 82.828, 96.33)),
        Y("16gf", new(18, 200, 106.23, 2.48, 112),
            ImageNetV1("regnet_y_16gf-9e6ed7dd.pth", 80.424, 95.24), ImageNetV2("regnet_y_16gf-3e4a00f9.pth", 82.886, 96.328),
            Swag("regnet_y_16gf_swag-43afe44d.pth", 86.012, 98.054, 384), Swag("regnet_y_16gf_lc_swag-f3ec0043.pth", 83.976, 97.244)),
        Y("32gf", new(20, 232, 115.89, 2.53, 232),
            ImageNetV1("regnet_y_32gf-4dee3f7a.pth", 80.878, 95.34), ImageNetV2("regnet_y_32gf-8db6d4b5.pth", 83.368, 96.498),
            Swag("regnet_y_32gf_swag-04fdfa75.pth", 86.838, 98.362, 384), Swag("regnet_y_32gf_lc_swag-e1583746.pth", 84.622, 97.48)),
        Y("128gf", new(27, 456, 160.83, 2.52, 264),
            Swag("regnet_y_128gf_swag-c8ce3e52.pth", 88.228, 98.682, 384), Swag("regnet_y_128gf_lc_swag-cbe8ce12.pth", 86.068, 97.844)),
    ];

    private static Backbone X(string size, Variant variant, params Weights.WeightEntry[] weights) =>
        new($"regnet_x_{size}", "arXiv:2003.13678", (x, classes) => Build(x, variant, squeezes: false, classes), weights);

    private static Backbone Y(string size, Variant variant, params Weights.WeightEntry[] weights) =>
        new($"regnet_y_{size}", "arXiv:2003.13678", (x, classes) => Build(x, variant, squeezes: true, classes), weights);

    private static Value Build(Value x, Variant variant, bool squeezes, int classes)
    {
        x = x.ConvNorm("stem", 32, 3, new Relu(), stride: 2);
        foreach (var (index, stage) in Stages(variant).Index())
            for (int i = 0; i < stage.Depth; i++)
                using (x.Graph.Scope($"trunk_output.block{index + 1}.block{index + 1}-{i}"))
                    x = Block(x, stage, stride: i == 0 ? 2 : 1, squeezes);
        return x.GlobalAveragePool("avgpool").As("features").Linear("fc", classes, WeightInit.Normal(0.01));
    }

    // Blocks of equal width are a stage. Its width is rounded to a multiple of 8, and then to a multiple of the group width.
    private static IEnumerable<Stage> Stages(Variant variant)
    {
        var widths = Enumerable.Range(0, variant.Depth).Select(block =>
        {
            double line = variant.InitialWidth + variant.Slope * block;
            double power = Math.Round(Math.Log(line / variant.InitialWidth) / Math.Log(variant.Multiplier));
            return (int)Math.Round(variant.InitialWidth * Math.Pow(variant.Multiplier, power) / 8) * 8;
        });
        return widths.GroupBy(width => width).Select(blocks =>
        {
            int groupWidth = Math.Min(variant.GroupWidth, blocks.Key);
            return new Stage(blocks.Count(), Blocks.MakeDivisible(blocks.Key, groupWidth), groupWidth);
        });
    }

    // The bottleneck is as wide as the block. Squeeze and excitation has a quarter of the channels that enter the block.
    private static Value Block(Value x, Stage stage, int stride, bool squeezes)
    {
        var y = x.ConvNorm("f.a", stage.Width, 1, new Relu())
            .ConvNorm("f.b", stage.Width, 3, new Relu(), stride, groups: stage.Width / stage.GroupWidth);
        y = squeezes ? y.SqueezeExcitation("f.se", (int)Math.Round(x.Channels / 4.0), new Relu(), new Sigmoid()) : y;
        y = y.ConvNorm("f.c", stage.Width, 1, activation: null);
        var shortcut = stride == 1 && x.Channels == stage.Width ? x : x.ConvNorm("proj", stage.Width, 1, activation: null, stride);
        return (y + shortcut).Relu();
    }
}
