using TransferKit.Graphs;
using TransferKit.Images;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// MaxViT, Tu et al. 2022 (arXiv:2204.01697), with torchvision's names: in each layer an inverted residual block, attention within windows
/// of neighbors, and attention within grids over the whole image. The input size is a multiple of 224.
/// </summary>
internal static class MaxVit
{
    private const int Window = 7, HeadWidth = 32;

    private static readonly WeightInit Init = WeightInit.Normal(0.02);

    // torchvision takes 0.99 for the momentum from the first implementation, where it is the share of the old value.
    private static readonly BatchNorm BatchNorm = new(Epsilon: 1e-3, Momentum: 0.99);

    private static readonly LayerNorm LayerNorm = new(1e-5);

    public static readonly Backbone[] Variants =
    [
        new("maxvit_t", "arXiv:2204.01697", (x, classes) => Build(x, stem: 64, widths: [64, 128, 256, 512], layers: [2, 2, 5, 2], classes),
            [ImageNetV1("maxvit_t-bc5ab103.pth", 83.7, 96.722, resize: 224, interpolation: Interpolation.Bicubic)]),
    ];

    private static Value Build(Value x, int stem, int[] widths, int[] layers, int classes)
    {
        x = x.Conv("stem.0.0", stem, 3, stride: 2, init: Init).BatchNorm("stem.0.1", BatchNorm).Activate(new Gelu(), "stem.0.2")
            .Conv("stem.1.0", stem, 3, bias: true, init: Init);
        int layer = 0, layerCount = layers.Sum();
        for (int block = 0; block < widths.Length; block++)
            for (int i = 0; i < layers[block]; i++)
                using (x.Graph.Scope($"blocks.{block}.layers.{i}.layers"))
                    x = Layer(x, widths[block], stride: i == 0 ? 2 : 1, 0.2 * layer++ / (layerCount - 1));
        using (x.Graph.Scope("classifier"))
            return x.GlobalAveragePool("0").Add("2", LayerNorm).Linear("3", x.Channels, Init).Activate(new Tanh(), "4").As("features")
                .Linear("5", classes, Init, bias: false);
    }

    private static Value Layer(Value x, int width, int stride, double drop)
    {
        x = Convolutions(x, width, stride, drop).Add("tokens", new ToTokens());
        x = Attention(x, "window_attention", new(Window), drop);
        x = Attention(x, "grid_attention", new(Window, IsGrid: true), drop);
        int side = WindowAttention.GridSide(x.Shape);
        return x.Add("map", new ToMap(side, side));
    }

    // An inverted residual block whose shortcut is pooled and projected where the shape changes.
    private static Value Convolutions(Value x, int width, int stride, double drop)
    {
        using var scope = x.Graph.Scope("MBconv");
        var shortcut = stride > 1 ? x.AveragePool(3, stride, padding: 1, name: "proj.0") : x;
        if (stride > 1 || x.Channels != width)
            shortcut = shortcut.Conv($"proj.{stride - 1}", width, 1, bias: true, init: Init);
        int expanded = 4 * width;
        var y = x.BatchNorm("layers.pre_norm", BatchNorm)
            .Conv("layers.conv_a.0", expanded, 1, init: Init).BatchNorm("layers.conv_a.1", BatchNorm)
            .Activate(new Gelu(), "layers.conv_a.2")
            .Conv("layers.conv_b.0", expanded, 3, stride, groups: expanded, init: Init).BatchNorm("layers.conv_b.1", BatchNorm)
            .Activate(new Gelu(), "layers.conv_b.2")
            .SqueezeExcitation("layers.squeeze_excitation", width / 4, new Silu(), new Sigmoid())
            .Conv("layers.conv_c", width, 1, bias: true, init: Init);
        return y.Dropped(drop, "stochastic_depth") + shortcut;
    }

    private static Value Attention(Value x, string name, WindowPartition partition, double drop)
    {
        using var scope = x.Graph.Scope(name);
        var attention = new WindowAttention(x.Channels / HeadWidth, partition, WindowAttentionVariant.MaxVit);
        x = x.Add("attn_layer.0", LayerNorm).Add("attn_layer.1", attention).Dropped(drop, "stochastic_dropout") + x;
        return x.Add("mlp_layer.0", LayerNorm).Linear("mlp_layer.1", 4 * x.Channels, Init).Activate(new Gelu(), "mlp_layer.2")
            .Linear("mlp_layer.3", x.Channels, Init).Dropped(drop, "stochastic_dropout_1") + x;
    }
}
