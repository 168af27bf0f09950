namespace TransferKit.Images;

/// <summary>
/// Reads the preprocessing of timm's <c>config.json</c>, whose entry <c>pretrained_cfg</c> describes it; older files have its entries at
/// the top.
/// </summary>
/// <remarks>
/// Names, defaults and the rules of <c>crop_mode</c> are those of timm/data/config.py (resolve_data_config) and
/// timm/data/transforms_factory.py (transforms_imagenet_eval) in huggingface/pytorch-image-models.
/// </remarks>
internal static class TimmConfig
{
    private const string Inner = "pretrained_cfg", InputSize = "input_size", InterpolationKey = "interpolation";
    private const string CropPct = "crop_pct", CropModeKey = "crop_mode";
    private const double DefaultCropPct = 0.875;
    private const int DefaultSize = 224;

    /// <summary>Whether a configuration is timm's.</summary>
    public static bool IsImages(ConfigFile config) =>
        config.Object(Inner) is not null || config.Has(InputSize) && (config.Has("architecture") || config.Has(CropPct));

    /// <summary>Reads the preprocessing.</summary>
    /// <exception cref="InvalidDataException">An entry is malformed or not supported.</exception>
    public static Preprocessing Read(ConfigFile config)
    {
        config = config.Object(Inner) ?? config;
        int crop = SizeOf(config);
        double fraction = config.Number(CropPct) ?? DefaultCropPct;
        if (!(fraction is > 0 and <= 1))
            throw config.Invalid(CropPct, "above 0 and at most 1");
        return new Preprocessing((int)Math.Floor(crop / fraction), crop, InterpolationOf(config),
            Floats(config.Channels("mean")) ?? Preprocessing.ImageNet.Mean, Floats(config.Channels("std")) ?? Preprocessing.ImageNet.Std)
        {
            CropMode = config.Text(CropModeKey) switch
            {
                null or "center" => CropMode.Center,
                "squash" => CropMode.Squash,
                _ => throw config.Invalid(CropModeKey, "center or squash"),
            },
        };
    }

    private static int SizeOf(ConfigFile config) => config.Numbers(InputSize) switch
    {
        null => DefaultSize,
        [3, var height and >= 1 and < 1 << 15, var width] when height == width && height == Math.Floor(height) => (int)height,
        _ => throw config.Invalid(InputSize, "3 channels and a square, such as [3, 224, 224]"),
    };

    private static Interpolation InterpolationOf(ConfigFile config) => config.Text(InterpolationKey) switch
    {
        null or "bicubic" => Interpolation.Bicubic,
        "bilinear" => Interpolation.Bilinear,
        _ => throw config.Invalid(InterpolationKey, "bilinear or bicubic"),
    };

    private static float[]? Floats(double[]? values) => values is null ? null : [.. values.Select(v => (float)v)];
}
