namespace TransferKit.Images;

/// <summary>What an image processor of transformers uses where its configuration has no value.</summary>
/// <remarks>From the constructors in src/transformers/models/*/image_processing_*.py in huggingface/transformers.</remarks>
internal sealed record ImageProcessorDefaults
{
    private static readonly double[] ImageNetMean = [0.485, 0.456, 0.406], ImageNetStd = [0.229, 0.224, 0.225];
    private static readonly double[] Half = [0.5, 0.5, 0.5];
    private static readonly double[] ClipMean = [0.48145466, 0.4578275, 0.40821073], ClipStd = [0.26862954, 0.26130258, 0.27577711];

    private static readonly string[] Suffixes = ["ImageProcessor", "FeatureExtractor"];

    private static readonly ImageProcessorDefaults Clip = new()
    {
        Size = 224,
        Crop = 224,
        Interpolation = Images.Interpolation.Bicubic,
        Mean = ClipMean,
        Std = ClipStd,
    };

    private static readonly ImageProcessorDefaults MobileNet = new()
    {
        Size = 256,
        Crop = 224,
        Interpolation = Images.Interpolation.Bilinear,
        Mean = Half,
        Std = Half,
    };

    private static readonly ImageProcessorDefaults Deit = new()
    {
        Size = 256,
        IsSquare = true,
        Crop = 224,
        Interpolation = Images.Interpolation.Bicubic,
        Mean = Half,
        Std = Half,
    };

    private static readonly Dictionary<string, ImageProcessorDefaults> All = new(StringComparer.OrdinalIgnoreCase)
    {
        ["ViT"] = new() { Size = 224, IsSquare = true, Interpolation = Images.Interpolation.Bilinear, Mean = Half, Std = Half },
        ["Deit"] = Deit,
        ["Beit"] = Deit,
        ["Clip"] = Clip,
        ["Bit"] = Clip,
        ["MobileNetV1"] = MobileNet,
        ["MobileNetV2"] = MobileNet,
        ["MobileViT"] = new()
        {
            Size = 224,
            Crop = 256,
            Interpolation = Images.Interpolation.Bilinear,
            Normalizes = false,
            IsFlipped = true,
        },
        ["ConvNext"] = new()
        {
            Size = 384,
            CropFraction = 224.0 / 256,
            SquashFrom = 384,
            Interpolation = Images.Interpolation.Bicubic,
            Mean = Half,
            Std = Half,
        },
        ["PoolFormer"] = new()
        {
            Size = 224,
            CropFraction = 0.9,
            Crop = 224,
            Interpolation = Images.Interpolation.Bicubic,
            Mean = ImageNetMean,
            Std = ImageNetStd,
        },
        ["Levit"] = new()
        {
            Size = 224,
            Enlargement = 256.0 / 224,
            Crop = 224,
            Interpolation = Images.Interpolation.Bicubic,
            Mean = ImageNetMean,
            Std = ImageNetStd,
        },
    };

    /// <summary>The size that images are resized to; null where it must be given.</summary>
    public int? Size { get; init; }

    /// <summary>Whether a size that is one number stands for both sides, and not for the shorter one.</summary>
    public bool IsSquare { get; init; }

    /// <summary>The size of the center crop; null for no crop unless one is asked for.</summary>
    public int? Crop { get; init; }

    /// <summary>The size as a fraction of the length that the shorter side is resized to; null where the size is that length.</summary>
    public double? CropFraction { get; init; }

    /// <summary>The size from which on images are squashed and not cropped; null for never.</summary>
    public int? SquashFrom { get; init; }

    /// <summary>The length that the shorter side is resized to, as a multiple of the size.</summary>
    public double Enlargement { get; init; } = 1;

    /// <summary>The interpolation; null where it must be given.</summary>
    public Interpolation? Interpolation { get; init; }

    /// <summary>Whether mean and standard deviation are applied.</summary>
    public bool Normalizes { get; init; } = true;

    /// <summary>The means of the channels; null where they must be given.</summary>
    public double[]? Mean { get; init; }

    /// <summary>The standard deviations of the channels; null where they must be given.</summary>
    public double[]? Std { get; init; }

    /// <summary>Whether red and blue are exchanged.</summary>
    public bool IsFlipped { get; init; }

    /// <summary>Returns the defaults of an image processor; those of an unknown one have no sizes and no normalization.</summary>
    /// <param name="type">Its class, such as <c>ViTImageProcessorFast</c> or, in older files, <c>ViTFeatureExtractor</c>.</param>
    public static ImageProcessorDefaults Of(string type)
    {
        int end = Suffixes.Select(suffix => type.IndexOf(suffix, StringComparison.Ordinal))
            .Where(i => i >= 0).DefaultIfEmpty(type.Length).Min();
        return All.GetValueOrDefault(type[..end]) ?? new() { IsSquare = true };
    }
}
