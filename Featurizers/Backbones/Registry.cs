namespace TransferKit.Backbones;

/// <summary>Every architecture there is, by name: the one place a new family is added to.</summary>
public static class Registry
{
    /// <summary>All of them, family by family.</summary>
    public static IReadOnlyList<Backbone> All { get; } =
    [
        .. LeNet.Variants, .. AlexNet.Variants, .. Vgg.Variants, .. GoogLeNet.Variants, .. InceptionV3.Variants, .. InceptionV4.Variants,
        .. ResNet.Variants, .. ResNetV2.Variants, .. SENet.Variants, .. DenseNet.Variants, .. Xception.Variants, .. SqueezeNet.Variants,
        .. ShuffleNetV2.Variants, .. MnasNet.Variants, .. MobileNetV1.Variants, .. MobileNetV2.Variants, .. MobileNetV3.Variants, .. EfficientNet.Variants,
    ];

    /// <summary>The architecture that is used unless another is asked for.</summary>
    public const string Default = "mobilenet_v3_small";

    /// <summary>The architecture of this name.</summary>
    /// <exception cref="ArgumentException">There is none; the message suggests the nearest.</exception>
    public static Backbone Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return All.FirstOrDefault(b => b.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
        ?? throw new ArgumentException(Suggestion.Unknown("backbone", name, [.. All.Select(b => b.Name)],
            $"`transferkit models` lists all {All.Count}."));
    }
}
