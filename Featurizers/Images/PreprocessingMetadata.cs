using System.Globalization;
using System.Text.Json;

namespace TransferKit.Images;

/// <summary>
/// Preprocessing as entries in the metadata of model files, with the names of torchvision's presets: <c>resize_size</c>,
/// <c>crop_size</c>, <c>interpolation</c>, <c>mean</c> and <c>std</c>. Only where they are not the default, <c>crop_mode</c> (timm's name:
/// <c>squash</c>), <c>channel_order</c> (<c>bgr</c>) and <c>decoding</c> (<c>fast</c>) follow.
/// </summary>
internal static class PreprocessingMetadata
{
    private const string ResizeSize = "resize_size", CropSize = "crop_size", InterpolationKey = "interpolation";
    private const string CropModeKey = "crop_mode", ChannelOrderKey = "channel_order", DecodingKey = "decoding";

    /// <summary>Returns the entries of a preprocessing.</summary>
    /// <param name="preprocessing">The preprocessing.</param>
    /// <param name="prefix">Is put before <c>mean</c>, <c>std</c> and <c>channel_order</c>.</param>
    public static IEnumerable<(string Key, string Value)> Write(Preprocessing preprocessing, string prefix = "") =>
    [
        (ResizeSize, preprocessing.Resize.ToString(CultureInfo.InvariantCulture)),
        (CropSize, preprocessing.Crop.ToString(CultureInfo.InvariantCulture)),
        (InterpolationKey, preprocessing.Interpolation.ToString().ToLowerInvariant()),
        (prefix + "mean", JsonSerializer.Serialize(preprocessing.Mean)),
        (prefix + "std", JsonSerializer.Serialize(preprocessing.Std)),
        .. Unless(CropMode.Center, CropModeKey, preprocessing.CropMode),
        .. Unless(ChannelOrder.Rgb, prefix + ChannelOrderKey, preprocessing.ChannelOrder),
        .. Unless(Decoding.Exact, DecodingKey, preprocessing.Decoding),
    ];

    /// <summary>Reads the preprocessing from metadata, or returns null where there is none.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="source">The name of the file in error messages.</param>
    /// <param name="prefix">What is before <c>mean</c>, <c>std</c> and <c>channel_order</c>.</param>
    /// <exception cref="InvalidDataException">An entry is missing or malformed.</exception>
    public static Preprocessing? Read(IReadOnlyDictionary<string, string> metadata, string source, string prefix = "")
    {
        if (!metadata.ContainsKey(ResizeSize))
            return null;
        try
        {
            var preprocessing = new Preprocessing(Number(ResizeSize), Number(CropSize),
                Enum.Parse<Interpolation>(metadata[InterpolationKey], ignoreCase: true), Floats(prefix + "mean"), Floats(prefix + "std"))
            {
                CropMode = Optional(CropModeKey, CropMode.Center),
                ChannelOrder = Optional(prefix + ChannelOrderKey, ChannelOrder.Rgb),
                Decoding = Optional(DecodingKey, Decoding.Exact),
            };
            preprocessing.Validate();
            return preprocessing;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or KeyNotFoundException or JsonException)
        {
            throw new InvalidDataException($"The preprocessing in the metadata of {source} is malformed: {e.Message}", e);
        }

        int Number(string key) => int.Parse(metadata[key], CultureInfo.InvariantCulture);

        T Optional<T>(string key, T unless) where T : struct, Enum =>
            metadata.TryGetValue(key, out string? value) ? Enum.Parse<T>(value, ignoreCase: true) : unless;

        float[] Floats(string key) => JsonSerializer.Deserialize<float[]>(metadata[key]) ?? [];
    }

    private static (string, string)[] Unless<T>(T unless, string key, T value) where T : struct, Enum =>
        value.Equals(unless) ? [] : [(key, value.ToString().ToLowerInvariant())];
}
