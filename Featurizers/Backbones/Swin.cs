using TransferKit.Graphs;
using TransferKit.Images;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// Swin Transformer, Liu et al. 2021 (arXiv:2103.14030), and Swin Transformer V2 (arXiv:2111.09883), with torchvision's names: attention
/// within windows, which every second block shifts by half a window.
/// </summary>
internal static class Swin
{
    private sealed record Variant(int Width, int[] Blocks, int[] Heads, double Drop);

    private static readonly Variant Tiny = new(96, [2, 2, 6, 2], [3, 6, 12, 24], 0.2), Small = new(96, [2, 2, 18, 2], [3, 6, 12, 24], 0.3),
        Base = new(128, [2, 2, 18, 2], [4, 8, 16, 32], 0.5);

    private static readonly WeightInit Init = WeightInit.Normal(0.02);

    private static readonly LayerNorm Norm = new(1e-5);

    public static readonly Backbone[] Variants =
    [
        V1("swin_t", Tiny, "swin_t-704ceda3.pth", 81.474, 95.776, resize: 232),
        V1("swin_s", Small, "swin_s-5e29d889.pth", 83.196, 96.36, resize: 246),
        V1("swin_b", Base, "swin_b-68c6b09e.pth", 83.582, 96.64, resize: 238),
        V2("swin_v2_t", Tiny, "swin_v2_t-b137f0e2.pth", 82.072, 96.132, resize: 260),
        V2("swin_v2_s", Small, "swin_v2_s-637d8ceb.pth", 83.712, 96.816, resize: 260),
        V2("swin_v2_b", Base, "swin_v2_b-781e5279.pth", 84.112, 96.864, resize: 272),
    ];

    private static Backbone V1(string name, Variant variant, string file, double acc1, double acc5, int resize) =>
        new(name, "arXiv:2103.14030", (x, classes) => Build(x, variant, WindowAttentionVariant.Swin, window: 7, classes),
            [ImageNetV1(file, acc1, acc5, resize, interpolation: Interpolation.Bicubic)]);

    private static Backbone V2(string name, Variant variant, string file, double acc1, double acc5, int resize) =>
        new(name, "arXiv:2111.09883", (x, classes) => Build(x, variant, WindowAttentionVariant.SwinV2, window: 8, classes),
            [ImageNetV1(file, acc1, acc5, resize, crop: 256, Interpolation.Bicubic)]);

    private static Value Build(Value x, Variant variant, WindowAttentionVariant attention, int window, int classes)
    {
        x = x.Conv("features.0.0", variant.Width, 4, stride: 4, padding: 0, bias: true).Add("tokens", new ToTokens())
            .Add("features.0.2", Norm);
        int block = 0, blockCount = variant.Blocks.Sum();
        for (int stage = 0; stage < variant.Blocks.Length; stage++)
        {
            if (stage > 0)
                using (x.Graph.Scope($"features.{2 * stage}"))
                    x = Merge(x, attention);
            for (int i = 0; i < variant.Blocks[stage]; i++)
                using (x.Graph.Scope($"features.{2 * stage + 1}.{i}"))
                {
                    var partition = new WindowPartition(window, window >= WindowAttention.GridSide(x.Shape) || i % 2 == 0 ? 0 : window / 2);
                    x = Block(x, new(variant.Heads[stage], partition, attention), variant.Drop * block++ / (blockCount - 1));
                }
        }
        return x.Add("norm", Norm).Add("avgpool", new MeanOfTokens(0)).As("features").Linear("head", classes, Init);
    }

    // Half the side, twice the width.
    private static Value Merge(Value x, WindowAttentionVariant attention)
    {
        int width = 2 * x.Channels;
        x = x.Add("patches", new MergePatches());
        return attention == WindowAttentionVariant.SwinV2 ? x.Linear("reduction", width, Init, bias: false).Add("norm", Norm)
            : x.Add("norm", Norm).Linear("reduction", width, Init, bias: false);
    }

    // The second version normalizes the results of attention and perceptron, the first their inputs.
    private static Value Block(Value x, WindowAttention attention, double drop)
    {
        bool normalizesResults = attention.Variant == WindowAttentionVariant.SwinV2;
        x = Branch("norm1", "stochastic_depth", y => y.Add("attn", attention));
        return Branch("norm2", "stochastic_depth_1", y =>
            y.Linear("mlp.0", 4 * y.Channels, Init).Activate(new Gelu(), "mlp.1").Linear("mlp.3", y.Channels, Init));

        Value Branch(string norm, string stochasticDepth, Func<Value, Value> layers)
        {
            var y = normalizesResults ? layers(x).Add(norm, Norm) : layers(x.Add(norm, Norm));
            return y.Dropped(drop, stochasticDepth) + x;
        }
    }
}
