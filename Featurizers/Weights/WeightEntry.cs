using TransferKit.Images;

namespace TransferKit.Weights;

/// <summary>Weights of a network and the facts about them, like an entry of torchvision's weight enums.</summary>
/// <param name="Tag">The name, such as <c>IMAGENET1K_V1</c>.</param>
/// <param name="Url">
/// The address of the published file, its name as a resource of this assembly, or a repository of a hub, <c>hf:OWNER/NAME</c>.
/// </param>
/// <param name="Preprocessing">
/// The preprocessing of images with which the published accuracy is reached; null if that is not known.
/// </param>
/// <param name="ClassSet">The classes of the last layer, such as <c>ImageNet-1K</c>; null if no classifier was trained.</param>
/// <param name="Acc1">Published top-1 accuracy in percent, or null.</param>
/// <param name="Acc5">Published top-5 accuracy in percent, or null.</param>
public record WeightEntry(string Tag, Uri Url, Preprocessing? Preprocessing, string? ClassSet, double? Acc1, double? Acc5)
{
    private const string EmbeddedScheme = "embedded";

    /// <summary>The name of the published file.</summary>
    public string FileName => Path.GetFileName(Url.AbsolutePath);

    /// <summary>
    /// The first eight or ten hexadecimal digits of the file's SHA-256, which PyTorch Hub puts at the end of its name; empty for weights of
    /// a hub, which says the hash itself, and where <see cref="Length"/> is verified instead.
    /// </summary>
    public string HashPrefix
    {
        get => field ?? (IsHub || Length is not null ? "" : Path.GetFileNameWithoutExtension(FileName).Split('-')[^1]);
        init;
    }

    /// <summary>
    /// The length of the file in bytes, which is verified where no hash of it is published; null where a hash is verified.
    /// </summary>
    public long? Length { get; init; }

    /// <summary>The license, where it limits the use of the weights, such as <c>CC-BY-NC-4.0</c>; null where it does not.</summary>
    public string? License { get; init; }

    /// <summary>Whether the weights are a resource of this assembly and need no download.</summary>
    public bool IsEmbedded => Url.Scheme == EmbeddedScheme;

    /// <summary>Why the description of the preprocessing beside the weights cannot be used; null if it can, or if there is none.</summary>
    internal string? PreprocessingProblem { get; init; }

    /// <summary>Reads weights that are part of an ONNX file. Null for others.</summary>
    internal Func<StateDict>? Read { get; init; }

    /// <summary>Whether the weights are in a repository of Hugging Face's hub.</summary>
    internal bool IsHub => HuggingFaceHub.IsReference(Url.OriginalString);

    /// <summary>Reads weights that are a resource of this assembly.</summary>
    internal StateDict ReadEmbedded()
    {
        using var stream = typeof(WeightEntry).Assembly.GetManifestResourceStream(FileName)
            ?? throw new InvalidOperationException($"The assembly has no resource '{FileName}'.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Safetensors.Read(bytes, FileName);
    }

    /// <summary>TransferKit's own weights, distilled from a teacher's features: a resource of this assembly, no classifier.</summary>
    internal static WeightEntry Distilled(string file, int size)
    {
        var preprocessing = Preprocessing.ImageNet with { Resize = size, Crop = size };
        return new("TRANSFERKIT_V1", new($"{EmbeddedScheme}:///{file}"), preprocessing, ClassSet: null, Acc1: null, Acc5: null);
    }

    /// <summary>
    /// Weights of timm on Hugging Face's hub, which fit a backbone of the same keys. The names are those of <c>default_cfgs</c> in
    /// timm/models of huggingface/pytorch-image-models, where <c>hf_hub_id</c> is <c>timm/</c>; so is the preprocessing.
    /// </summary>
    /// <param name="model">timm's name of the model with its tag, such as <c>resnetv2_50.a1h_in1k</c>.</param>
    /// <param name="preprocessing">The preprocessing.</param>
    internal static WeightEntry Timm(string model, Preprocessing preprocessing) =>
        new(model[(model.IndexOf('.') + 1)..], new($"{HubReference.Prefix}timm/{model}"), preprocessing, "ImageNet-1K", null, null);

    /// <summary>torchvision's first ImageNet weights; by default the shorter side is resized to 256 and the crop is 224.</summary>
    internal static WeightEntry ImageNetV1(string file, double acc1, double acc5, int resize = 256, int crop = 224,
        Interpolation interpolation = Interpolation.Bilinear) =>
        ImageNet("IMAGENET1K_V1", file, acc1, acc5, resize, crop, interpolation);

    /// <summary>torchvision's second ImageNet weights, of its newer training recipe; by default 232 and a crop of 224.</summary>
    internal static WeightEntry ImageNetV2(string file, double acc1, double acc5, int resize = 232, int crop = 224) =>
        ImageNet("IMAGENET1K_V2", file, acc1, acc5, resize, crop, Interpolation.Bilinear);

    /// <summary>
    /// torchvision's weights of SWAG, Singh et al. 2022 (arXiv:2201.08371): trained on hashtags and then as a whole on ImageNet
    /// (<c>E2E</c>), or with a linear classifier alone (<c>LINEAR</c>). Their license forbids commercial use
    /// (https://github.com/facebookresearch/SWAG/blob/main/LICENSE).
    /// </summary>
    internal static WeightEntry Swag(string file, double acc1, double acc5, int size = 224)
    {
        string tag = file.Contains("_lc_", StringComparison.Ordinal) ? "IMAGENET1K_SWAG_LINEAR_V1" : "IMAGENET1K_SWAG_E2E_V1";
        return ImageNet(tag, file, acc1, acc5, size, size, Interpolation.Bicubic) with { License = "CC-BY-NC-4.0" };
    }

    /// <summary>Convolutions converted from Caffe for detection: pixels from 0 to 255 minus their mean, no classifier.</summary>
    internal static WeightEntry CaffeFeatures(string file)
    {
        var preprocessing = Preprocessing.ImageNet with
        {
            Mean = [0.48235f, 0.45882f, 0.40784f],
            Std = [1 / 255f, 1 / 255f, 1 / 255f],
        };
        return new("IMAGENET1K_FEATURES", PyTorchHub(file), preprocessing, ClassSet: null, Acc1: null, Acc5: null);
    }

    /// <summary>The same weights with pixels normalized to the range from -1 to 1, as Google's networks expect them.</summary>
    internal WeightEntry WithInceptionNormalization() => this with { Preprocessing = Preprocessing?.WithInceptionNormalization() };

    /// <summary>The address of a file in PyTorch's hub.</summary>
    internal static Uri PyTorchHub(string file) => new($"https://download.pytorch.org/models/{file}");

    private static WeightEntry ImageNet(string tag, string file, double acc1, double acc5, int resize, int crop,
        Interpolation interpolation)
    {
        var preprocessing = Preprocessing.ImageNet with { Resize = resize, Crop = crop, Interpolation = interpolation };
        return new(tag, PyTorchHub(file), preprocessing, "ImageNet-1K", acc1, acc5);
    }
}
