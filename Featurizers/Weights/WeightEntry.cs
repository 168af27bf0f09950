using TransferKit.Images;

namespace TransferKit.Weights;

/// <summary>Weights of a backbone: published ones, with the facts of torchvision's weight enums, or some of this assembly's own.</summary>
/// <param name="Tag">The name, such as <c>IMAGENET1K_V1</c>.</param>
/// <param name="Url">Where the file is published, or its name in this assembly.</param>
/// <param name="Preprocessing">What images must go through for the published accuracy.</param>
/// <param name="ClassSet">The classes of its last layer, or null where its classifier was not trained.</param>
/// <param name="Acc1">Published top-1 accuracy in percent, or null.</param>
/// <param name="Acc5">Published top-5 accuracy in percent, or null.</param>
public sealed record WeightEntry(string Tag, Uri Url, Preprocessing Preprocessing, string? ClassSet, double? Acc1, double? Acc5)
{
    private const string Embed = "embedded";

    /// <summary>Published mean average precision of a detector in percent, over intersections from 0.5 to 0.95; or null.</summary>
    public double? MeanAveragePrecision { get; init; }

    /// <summary>The epsilon its normalizations were published with, where the architecture has another.</summary>
    internal double? Epsilon { get; init; }

    /// <summary>The published file name.</summary>
    public string FileName => Path.GetFileName(Url.AbsolutePath);

    /// <summary>The first eight or ten hexadecimal digits of the file's SHA-256, which PyTorch's hub puts at the end of its name.</summary>
    public string HashPrefix => Path.GetFileNameWithoutExtension(FileName).Split('-')[^1];

    /// <summary>Whether the file is part of this assembly, so that nothing is downloaded.</summary>
    public bool IsEmbedded => Url.Scheme == Embed;

    /// <summary>The content of the file, if it is part of this assembly.</summary>
    internal StateDict ReadEmbedded()
    {
        using var stream = typeof(WeightEntry).Assembly.GetManifestResourceStream(FileName) ?? throw new InvalidOperationException($"'{FileName}' is not part of the assembly.");
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Safetensors.Read(bytes, FileName);
    }

    /// <summary>TransferKit's own weights, distilled from a teacher's features: they are part of this assembly, and have no classifier.</summary>
    internal static WeightEntry Distilled(string file, int size) =>
        new("TRANSFERKIT_V1", new($"{Embed}:///{file}"), Preprocessing.ImageNet with { Resize = size, Crop = size }, null, null, null);

    /// <summary>torchvision's first ImageNet weights: shorter side 256 and a crop of 224 unless given.</summary>
    internal static WeightEntry V1(string file, double acc1, double acc5, int resize = 256, int crop = 224, Interpolation interpolation = Interpolation.Bilinear) =>
        ImageNet("IMAGENET1K_V1", file, acc1, acc5, resize, crop, interpolation);

    /// <summary>torchvision's second ImageNet weights, of its newer training recipe: shorter side 232 and a crop of 224 unless given.</summary>
    internal static WeightEntry V2(string file, double acc1, double acc5, int resize = 232, int crop = 224) =>
        ImageNet("IMAGENET1K_V2", file, acc1, acc5, resize, crop, Interpolation.Bilinear);

    /// <summary>Convolutions converted from Caffe for detection; pixels from 0 to 255 less their mean, no trained classifier.</summary>
    internal static WeightEntry CaffeFeatures(string file) => new("IMAGENET1K_FEATURES", Hub(file),
        Preprocessing.ImageNet with { Mean = [0.48235f, 0.45882f, 0.40784f], Std = [1 / 255f, 1 / 255f, 1 / 255f] }, null, null, null);

    /// <summary>Detectors of COCO's 80 kinds of things.</summary>
    /// <param name="file">The published file.</param>
    /// <param name="map">Published mean average precision on COCO's validation images of 2017, in percent.</param>
    internal static WeightEntry Coco(string file, double map) => new("COCO_V1", Hub(file), Preprocessing.ImageNet, "COCO", null, null) { MeanAveragePrecision = map };

    /// <summary>The same weights for pixels from -1 to 1, as Google's own networks have them.</summary>
    internal WeightEntry FromMinusOneToOne() => this with { Preprocessing = Preprocessing.FromMinusOneToOne() };

    private static WeightEntry ImageNet(string tag, string file, double acc1, double acc5, int resize, int crop, Interpolation interpolation) =>
        new(tag, Hub(file), Preprocessing.ImageNet with { Resize = resize, Crop = crop, Interpolation = interpolation }, "ImageNet-1K", acc1, acc5);

    private static Uri Hub(string file) => new($"https://download.pytorch.org/models/{file}");
}
