using System.Globalization;
using System.Text.Json;

namespace TransferKit.Images;

/// <summary>
/// Preprocessing as entries in the metadata of model files, with the names of torchvision's presets: <c>resize_size</c>,
/// <c>crop_size</c>, <c>interpolation</c>, <c>mean</c> and <c>std</c>.
/// </summary>
internal static class PreprocessingMetadata
{
    private const string ResizeSize = "resize_size", CropSize = "crop_size", InterpolationKey = "interpolation";

    /// <summary>Returns the entries of a preprocessing.</summary>
    /// <param name="preprocessing">The preprocessing.</param>
    /// <param name="prefix">Is put before <c>mean</c> and <c>std</c>.</param>
    public static IEnumerable<(string Key, string Value)> Write(Preprocessing preprocessing, string prefix = "") =>
    [
        (ResizeSize, preprocessing.Resize.ToString(CultureInfo.InvariantCulture)),
        (CropSize, preprocessing.Crop.ToString(CultureInfo.InvariantCulture)),
        (InterpolationKey, preprocessing.Interpolation.ToString().ToLowerInvariant()),
        (prefix + "mean", JsonSerializer.Serialize(preprocessing.Mean)),
        (prefix + "std", JsonSerializer.Serialize(preprocessing.Std)),
    ];

    /// <summary>Reads the preprocessing from metadata, or returns null where there is none.</summary>
    /// <param name="metadata">The metadata.</param>
    /// <param name="source">The name of the file in error messages.</param>
    /// <param name="prefix">What is before <c>mean</c> and <c>std</c>.</param>
    /// <exception cref="InvalidDataException">An entry is missing or malformed.</exception>
    public static Preprocessing? Read(IReadOnlyDictionary<string, string> metadata, string source, string prefix = "")
    {
        if (!metadata.ContainsKey(ResizeSize))
            return null;
        try
        {
            var preprocessing = new Preprocessing(Number(ResizeSize), Number(CropSize),
                Enum.Parse<Interpolation>(metadata[InterpolationKey], ignoreCase: true), Floats(prefix + "mean"), Floats(prefix + "std"));
            preprocessing.Validate();
            return preprocessing;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException or KeyNotFoundException or JsonException)
        {
            throw new InvalidDataException($"The preprocessing in the metadata of {source} is malformed: {e.Message}", e);
        }

        int Number(string key) => int.Parse(metadata[key], CultureInfo.InvariantCulture);

        float[] Floats(string key) => JsonSerializer.Deserialize<float[]>(metadata[key]) ?? [];
    }
}
