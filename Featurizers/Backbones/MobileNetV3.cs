using TransferKit.Graphs;
using static TransferKit.Backbones.Blocks;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// MobileNetV3, Howard et al. 2019 (arXiv:1905.02244): inverted residuals with squeeze and excitation, and hard swish in the deeper half.
/// </summary>
internal static class MobileNetV3
{
    // A row of the paper's tables 1 and 2.
    private sealed record Row(int Kernel, int Expanded, int Channels, bool Squeeze, bool HardSwish, int Stride);

    private static readonly Row[] Large =
    [
        new(3, 16, 16, false, false, 1), new(3, 64, 24, false, false, 2), new(3, 72, 24, false, false, 1),
        new(5, 72, 40, true, false, 2), new(5, 120, 40, true, false, 1), new(5, 120, 40, true, false, 1),
        new(3, 240, 80, false, true, 2), new(3, 200, 80, false, true, 1), new(3, 184, 80, false, true, 1), new(3, 184, 80, false, true, 1),
        new(3, 480, 112, true, true, 1), new(3, 672, 112, true, true, 1),
        new(5, 672, 160, true, true, 2), new(5, 960, 160, true, true, 1), new(5, 960, 160, true, true, 1),
    ];

    private static readonly Row[] Small =
    [
        new(3, 16, 16, true, false, 2), new(3, 72, 24, false, false, 2), new(3, 88, 24, false, false, 1),
        new(5, 96, 40, true, true, 2), new(5, 240, 40, true, true, 1), new(5, 240, 40, true, true, 1),
        new(5, 120, 48, true, true, 1), new(5, 144, 48, true, true, 1),
        new(5, 288, 96, true, true, 2), new(5, 576, 96, true, true, 1), new(5, 576, 96, true, true, 1),
    ];

    private static readonly BatchNorm Norm = new(Epsilon: 1e-3, Momentum: 0.01);

    public static readonly Backbone[] Variants =
    [
        new("mobilenet_v3_small", "arXiv:1905.02244", (x, classes) => Build(x, Small, 1024, classes),
            [ImageNetV1("mobilenet_v3_small-047dcff4.pth", 67.668, 87.402),
                Distilled("mobilenet_v3_small-transferkit_v1.safetensors", 208)])
        { GainsByInt8 = false },
        new("mobilenet_v3_large", "arXiv:1905.02244", (x, classes) => Build(x, Large, 1280, classes),
            [ImageNetV1("mobilenet_v3_large-8738ca79.pth", 74.042, 91.34), ImageNetV2("mobilenet_v3_large-5c1a4163.pth", 75.274, 92.566)])
        { GainsByInt8 = false },
    ];

    private static Value Build(Value x, Row[] rows, int last, int classes)
    {
        x = x.ConvNorm("features.0", 16, 3, new HardSwish(), stride: 2, norm: Norm);
        for (int i = 0; i < rows.Length; i++)
            using (x.Graph.Scope($"features.{i + 1}"))
                x = Block(x, rows[i]);
        x = x.ConvNorm($"features.{rows.Length + 1}", 6 * x.Channels, 1, new HardSwish(), norm: Norm).GlobalAveragePool("avgpool");
        using (x.Graph.Scope("classifier"))
            return x.Linear("0", last, WeightInit.Normal(0.01)).Activate(new HardSwish(), "1").As("features")
                .Dropout(0.2, "2").Linear("3", classes, WeightInit.Normal(0.01));
    }

    private static Value Block(Value x, Row row) =>
        x.InvertedResidual(row.Expanded, row.Channels, row.Kernel, row.Stride, row.HardSwish ? new HardSwish() : new Relu(), Norm,
            row.Squeeze ? (y, name) => y.SqueezeExcitation(name, MakeDivisible(row.Expanded / 4), new Relu(), new HardSigmoid()) : null);
}
