namespace TransferKit.Images;

/// <summary>Reads the preprocessing of transformers' <c>preprocessor_config.json</c>.</summary>
/// <remarks>
/// The entries are those of src/transformers/models/*/image_processing_*.py in huggingface/transformers. What a file lacks is the default
/// of its image processor; <see cref="ImageProcessorDefaults"/> has those of classifiers.
/// </remarks>
internal static class HuggingFaceConfig
{
    private const string Size = "size", CropSize = "crop_size", CropPct = "crop_pct", Resample = "resample";
    private const string ShortestEdge = "shortest_edge", Height = "height", Width = "width";
    private const string RescaleFactor = "rescale_factor";
    private const int MaxSize = 1 << 15;

    // Steps that other image processors take, and that would make other pixels.
    private static readonly string[] OtherSteps =
        ["rescale_offset", "include_top", "do_pad", "do_thumbnail", "do_align_long_axis", "do_crop_margin", "do_grayscale"];

    private static readonly string[] ImageEntries = ["image_processor_type", "image_mean", "do_resize", CropSize];

    /// <summary>Whether a configuration is that of an image processor; there are others for sound.</summary>
    public static bool IsImages(ConfigFile config) => ImageEntries.Any(config.Has);

    /// <summary>Reads the preprocessing.</summary>
    /// <exception cref="InvalidDataException">An entry is malformed, not supported, or missing and without a known default.</exception>
    public static Preprocessing Read(ConfigFile config)
    {
        var defaults = ImageProcessorDefaults.Of(config.Text("image_processor_type") ?? config.Text("feature_extractor_type") ?? "");
        if (OtherSteps.FirstOrDefault(step => config.Flag(step) is true) is { } step)
            throw config.Invalid(step, "false");
        if (config.Flag("do_resize") is false)
            throw config.Invalid("do_resize", "true");
        var (resize, crop, mode) = Sizes(config, defaults);
        var (mean, std) = Normalization(config, defaults);
        bool isFlipped = config.Flag("do_flip_channel_order") ?? config.Flag("do_flip_channels") ?? defaults.IsFlipped;
        return new Preprocessing(resize, crop, InterpolationOf(config, defaults), mean, std)
        {
            CropMode = mode,
            ChannelOrder = isFlipped ? ChannelOrder.Bgr : ChannelOrder.Rgb,
        };
    }

    private static (int Resize, int Crop, CropMode Mode) Sizes(ConfigFile config, ImageProcessorDefaults defaults)
    {
        var (size, isSquare) = SizeOf(config, defaults);
        if (defaults.CropFraction is { } fraction || config.Has(CropPct))
        {
            fraction = config.Number(CropPct) ?? defaults.CropFraction ?? 1;
            if (!(fraction is > 0 and <= 1))
                throw config.Invalid(CropPct, "above 0 and at most 1");
            // ConvNeXT's processor crops smaller images and squashes larger ones.
            if (defaults.SquashFrom <= size)
                return (size, size, CropMode.Squash);
            return ((int)(size / fraction), defaults.SquashFrom is null ? Crop() ?? size : size, CropMode.Center);
        }
        int resized = isSquare ? size : (int)(size * defaults.Enlargement);
        int crop = Crop() ?? resized;
        // transformers pads a smaller image with zeros.
        return crop <= resized ? (resized, crop, isSquare ? CropMode.Squash : CropMode.Center)
            : throw config.Invalid(CropSize, $"at most the size that images are resized to, which is {resized}");

        int? Crop() => config.Flag("do_center_crop") ?? defaults.Crop is not null
            ? Square(config, CropSize) ?? defaults.Crop ?? throw Missing(config, CropSize) : null;
    }

    // A number stands for the shorter side or for a square, as the image processor defines it.
    private static (int Size, bool IsSquare) SizeOf(ConfigFile config, ImageProcessorDefaults defaults)
    {
        if (config.Object(Size) is { } sides && sides.Has(ShortestEdge) && !sides.Has("longest_edge"))
            return (Whole(sides.Number(ShortestEdge)) ?? throw Malformed(), false);
        if (config.Object(Size) is not null)
            return (Square(config, Size) ?? throw Malformed(), true);
        return (Square(config, Size) ?? defaults.Size ?? throw Missing(config, Size), defaults.IsSquare);

        InvalidDataException Malformed() => config.Invalid(Size, SizeRule);
    }

    private const string SizeRule = "a number of pixels, {\"height\": 224, \"width\": 224} with equal sides, or {\"shortest_edge\": 224}";

    private static int? Square(ConfigFile config, string key)
    {
        if (!config.Has(key))
            return null;
        double[] sides = config.Object(key) is { } size
            ? [size.Number(Height) ?? 0, size.Number(Width) ?? 0] : config.Numbers(key)!;
        return sides.All(side => side == sides[0]) ? Whole(sides.FirstOrDefault()) ?? throw config.Invalid(key, SizeRule)
            : throw config.Invalid(key, SizeRule);
    }

    private static int? Whole(double? value) => value is >= 1 and < MaxSize && value == Math.Floor(value.Value) ? (int)value : null;

    // transformers normalizes level x factor; ours are level / 255.
    private static (float[] Mean, float[] Std) Normalization(ConfigFile config, ImageProcessorDefaults defaults)
    {
        double factor = config.Flag("do_rescale") is false ? 1 : config.Number(RescaleFactor) ?? 1 / 255.0;
        if (!(factor > 0))
            throw config.Invalid(RescaleFactor, "above 0");
        double[] mean = [0, 0, 0], std = [1, 1, 1];
        if (config.Flag("do_normalize") ?? defaults.Normalizes)
        {
            mean = config.Channels("image_mean") ?? defaults.Mean ?? throw Missing(config, "image_mean");
            std = config.Channels("image_std") ?? defaults.Std ?? throw Missing(config, "image_std");
        }
        return (Scaled(mean), Scaled(std));

        float[] Scaled(double[] values) => [.. values.Select(v => (float)(v / (255 * factor)))];
    }

    // Pillow's numbers of its filters.
    private static Interpolation InterpolationOf(ConfigFile config, ImageProcessorDefaults defaults) => config.Number(Resample) switch
    {
        null => defaults.Interpolation ?? throw Missing(config, Resample),
        2 => Interpolation.Bilinear,
        3 => Interpolation.Bicubic,
        _ => throw config.Invalid(Resample, "2 (bilinear) or 3 (bicubic); 0 is nearest, 1 Lanczos, 4 box and 5 Hamming"),
    };

    private static InvalidDataException Missing(ConfigFile config, string key) => config.Invalid(key, "given: there is no known default "
        + $"of the image processor '{config.Text("image_processor_type") ?? config.Text("feature_extractor_type")}'");
}
