using TransferKit.Graphs;
using static TransferKit.Weights.WeightEntry;

namespace TransferKit.Backbones;

/// <summary>
/// ConvNeXt, Liu et al. 2022 (arXiv:2201.03545), with torchvision's names: depthwise 7x7 convolutions, each followed by a perceptron of the
/// channels.
/// </summary>
internal static class ConvNeXt
{
    private sealed record Variant(int Width, int[] Blocks, double Drop);

    // torchvision draws from a normal distribution that is truncated so far out (100 deviations) that it is an ordinary one.
    private static readonly WeightInit Init = WeightInit.Normal(0.02);

    private static readonly LayerNorm Norm = new(1e-6);

    public static readonly Backbone[] Variants =
    [
        Row("convnext_tiny", new(96, [3, 3, 9, 3], 0.1), ImageNetV1("convnext_tiny-983f1562.pth", 82.52, 96.146, resize: 236)),
        Row("convnext_small", new(96, [3, 3, 27, 3], 0.4), ImageNetV1("convnext_small-0c510722.pth", 83.616, 96.65, resize: 230)),
        Row("convnext_base", new(128, [3, 3, 27, 3], 0.5), ImageNetV1("convnext_base-6075fbad.pth", 84.062, 96.87, resize: 232)),
        Row("convnext_large", new(192, [3, 3, 27, 3], 0.5), ImageNetV1("convnext_large-ea097f82.pth", 84.414, 96.976, resize: 232)),
    ];

    private static Backbone Row(string name, Variant variant, Weights.WeightEntry weights) =>
        new(name, "arXiv:2201.03545", (x, classes) => Build(x, variant, classes), [weights]);

    private static Value Build(Value x, Variant variant, int classes)
    {
        x = x.Conv("features.0.0", variant.Width, 4, stride: 4, padding: 0, bias: true, init: Init).Add("features.0.1", Norm);
        int block = 0, blockCount = variant.Blocks.Sum();
        for (int stage = 0; stage < 4; stage++)
        {
            if (stage > 0)
                x = x.Add($"features.{2 * stage}.0", Norm)
                    .Conv($"features.{2 * stage}.1", variant.Width << stage, 2, stride: 2, padding: 0, bias: true, init: Init);
            for (int i = 0; i < variant.Blocks[stage]; i++)
                using (x.Graph.Scope($"features.{2 * stage + 1}.{i}"))
                    x = Block(x, variant.Drop * block++ / (blockCount - 1));
        }
        return x.GlobalAveragePool("avgpool").Add("classifier.0", Norm).As("features").Linear("classifier.2", classes, Init);
    }

    // The perceptron of the channels is one of tokens: each pixel is a token.
    private static Value Block(Value x, double drop) =>
        x.Conv("block.0", x.Channels, 7, groups: x.Channels, bias: true, init: Init)
            .Add("block.1", new ToTokens()).Add("block.2", Norm)
            .Linear("block.3", 4 * x.Channels, Init).Activate(new Gelu(), "block.4").Linear("block.5", x.Channels, Init)
            .Add("block.6", new ToMap(x.Shape.Height, x.Shape.Width))
            .Add("layer_scale", new LayerScale("", IsMap: true)).AddTo(x, stride: 1, drop);
}
