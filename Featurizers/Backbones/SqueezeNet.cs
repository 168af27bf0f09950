using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// SqueezeNet, Iandola et al. 2016 (arXiv:1602.07360), and its variants with bypasses. The last classifier layer is a convolution over the
/// map. The features are the average of its input, and the logits are not computed from them.
/// </summary>
internal static class SqueezeNet
{
    private enum Bypass { None, Simple, Complex }

    // For each Fire module the number of channels after squeezing; 0 stands for a maximum pool.
    private static readonly int[] Fires10 = [0, 16, 16, 32, 0, 32, 48, 48, 64, 0, 64];
    private static readonly int[] Fires11 = [0, 16, 16, 0, 32, 32, 0, 48, 48, 64, 64];

    public static readonly Backbone[] Variants =
    [
        Row("squeezenet1_0", 96, 7, Fires10, Bypass.None, ImageNetV1("squeezenet1_0-b66bff10.pth", 58.092, 80.42)),
        Row("squeezenet1_0_bypass", 96, 7, Fires10, Bypass.Simple),
        Row("squeezenet1_0_complex_bypass", 96, 7, Fires10, Bypass.Complex),
        Row("squeezenet1_1", 64, 3, Fires11, Bypass.None, ImageNetV1("squeezenet1_1-b8a52dc0.pth", 58.178, 80.624)),
    ];

    private static Backbone Row(string name, int stem, int kernel, int[] fires, Bypass bypass, params Weights.WeightEntry[] weights) =>
        new(name, "arXiv:1602.07360", (x, classes) => Build(x, stem, kernel, fires, bypass, classes), weights);

    private static Value Build(Value x, int stem, int kernel, int[] fires, Bypass bypass, int classes)
    {
        using (x.Graph.Scope("features"))
        {
            x = x.Conv("0", stem, kernel, stride: 2, padding: 0, bias: true, init: WeightInit.KaimingUniform).Relu("1");
            int index = 2;
            foreach (int squeezed in fires)
            {
                string name = $"{index++}";
                if (squeezed == 0)
                    x = x.MaxPool(3, 2, ceilMode: true, name: name);
                else
                    using (x.Graph.Scope(name))
                        x = Fire(x, squeezed, bypass);
            }
        }
        x.GlobalAveragePool("pooled").As("features");
        using (x.Graph.Scope("classifier"))
            return x.Dropout(0.5, "0").Conv("1", classes, 1, bias: true, init: WeightInit.Normal(0.01)).Relu("2").GlobalAveragePool("3");
    }

    private static Value Fire(Value x, int squeezed, Bypass bypass)
    {
        var y = Conv(x, "squeeze", squeezed, 1);
        y = Conv(y, "expand1x1", 4 * squeezed, 1).Concat(Conv(y, "expand3x3", 4 * squeezed, 3));
        if (bypass == Bypass.None)
            return y;
        // A simple bypass needs the same number of channels. A complex one is a convolution that changes the number.
        if (x.Channels == y.Channels)
            return y + x;
        return bypass == Bypass.Complex ? y + x.Conv("bypass", y.Channels, 1, bias: true, init: WeightInit.KaimingUniform) : y;
    }

    private static Value Conv(Value x, string name, int channels, int kernel) =>
        x.Conv(name, channels, kernel, bias: true, init: WeightInit.KaimingUniform).Relu($"{name}_activation");
}
