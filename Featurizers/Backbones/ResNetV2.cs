using TransferKit.Graphs;
using TransferKit.Images;
using TransferKit.Weights;

namespace TransferKit.Backbones;

/// <summary>
/// ResNet with pre-activation, He et al. 2016 (arXiv:1603.05027), with timm's names: normalization and ReLU come before each convolution,
/// so that shortcuts are the identity.
/// </summary>
internal static class ResNetV2
{
    private static readonly int[] D18 = [2, 2, 2, 2];

    public static readonly Backbone[] Variants =
    [
        Row("resnetv2_18", false, D18, 248, "ra4_e3600_r224_in1k"), Row("resnetv2_34", false, ResNet.D50, 248, "ra4_e3600_r224_in1k"),
        Row("resnetv2_50", true, ResNet.D50, 235, "a1h_in1k"), Row("resnetv2_101", true, ResNet.D101, 235, "a1h_in1k"),
        Row("resnetv2_152", true, ResNet.D152, 235),
    ];

    private static Backbone Row(string name, bool bottleneck, int[] blocks, int resize, params string[] tags)
    {
        // The preprocessing of timm's weights.
        var preprocessing = Preprocessing.ImageNet.WithInceptionNormalization() with
        {
            Resize = resize,
            Interpolation = Interpolation.Bicubic,
        };
        return new(name, "arXiv:1603.05027", (x, classes) => Build(x, bottleneck, blocks, classes),
            [.. tags.Select(tag => WeightEntry.Timm($"{name}.{tag}", preprocessing))])
        {
            Preprocessing = preprocessing,
        };
    }

    private static Value Build(Value x, bool bottleneck, int[] blocks, int classes)
    {
        x = x.Conv("stem.conv", 64, 7, stride: 2).MaxPool(3, 2, padding: 1, "stem.pool");
        for (int stage = 0; stage < blocks.Length; stage++)
            for (int i = 0; i < blocks[stage]; i++)
                using (x.Graph.Scope($"stages.{stage}.blocks.{i}"))
                    x = Block(x, 64 << stage, bottleneck, stride: i == 0 && stage > 0 ? 2 : 1);
        return x.BatchNorm("norm").Relu().GlobalAveragePool("head.global_pool").As("features")
            .Linear("head.fc", classes, storedAsConvolution: true);
    }

    private static Value Block(Value x, int width, bool bottleneck, int stride)
    {
        int channels = bottleneck ? width * 4 : width;
        var activated = x.BatchNorm("norm1").Relu();
        var y = bottleneck ? Bottleneck(activated, width, stride) : Basic(activated, width, stride);
        return y + (stride == 1 && x.Channels == channels ? x : activated.Conv("downsample.conv", channels, 1, stride));
    }

    private static Value Basic(Value activated, int width, int stride) =>
        activated.Conv("conv1", width, 3, stride).BatchNorm("norm2").Relu()
                 .Conv("conv2", width, 3);

    private static Value Bottleneck(Value activated, int width, int stride) =>
        activated.Conv("conv1", width, 1).BatchNorm("norm2").Relu()
                 .Conv("conv2", width, 3, stride).BatchNorm("norm3").Relu()
                 .Conv("conv3", width * 4, 1);
}
