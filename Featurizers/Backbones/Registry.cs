namespace TransferKit.Backbones;

/// <summary>The registered architectures by name. A new family is added here and nowhere else.</summary>
public static class Registry
{
    /// <summary>All architectures, family by family.</summary>
    public static IReadOnlyList<Backbone> All { get; } =
    [
        .. LeNet.Variants, .. AlexNet.Variants, .. Vgg.Variants, .. GoogLeNet.Variants, .. InceptionV3.Variants, .. InceptionV4.Variants,
        .. ResNet.Variants, .. MLNetResNet.Variants, .. ResNetV2.Variants, .. SENet.Variants, .. DenseNet.Variants, .. Xception.Variants,
        .. SqueezeNet.Variants, .. ShuffleNetV2.Variants, .. MnasNet.Variants, .. MobileNetV1.Variants, .. MobileNetV2.Variants,
        .. MobileNetV3.Variants, .. EfficientNet.Variants, .. RegNet.Variants, .. ConvNeXt.Variants, .. VisionTransformer.Variants,
        .. Swin.Variants, .. MaxVit.Variants, .. DinoV2.Variants, .. Clip.Variants,
    ];

    /// <summary>The name of the default architecture.</summary>
    public const string Default = "mobilenet_v3_small";

    /// <summary>Finds an architecture by its name, or reads it from an ONNX file or from a repository of a hub.</summary>
    /// <param name="name">
    /// The name; upper and lower case are the same. Or the path of a .onnx file, or a repository such as <c>hf:OWNER/NAME</c>.
    /// </param>
    /// <exception cref="ArgumentException">There is no such architecture or file; the message suggests the nearest name.</exception>
    /// <exception cref="InvalidDataException">The file is not a valid ONNX model, or not one for images.</exception>
    public static Backbone Get(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (OnnxBackbone.IsFile(name))
            return OnnxBackbone.Read(name);
        if (HubBackbone.Of(name) is { } ofHub)
            return ofHub;
        return All.FirstOrDefault(b => b.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw new ArgumentException(Suggestion.Unknown("backbone", name, [.. All.Select(b => b.Name)],
                $"`transferkit models` lists all {All.Count}; the path of an ONNX file works too."));
    }
}
