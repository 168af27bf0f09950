using System.Globalization;
using TransferKit.Images;

namespace TransferKit.Pipelines.Saving;

/// <summary>Writes and reads the sizes and the interpolation of a preprocessing as text: <c>256,224,Bilinear</c>.</summary>
/// <remarks>Mean and standard deviation are in the ONNX model, which normalizes its input itself.</remarks>
internal static class PreprocessingSettings
{
    public static string Format(Preprocessing preprocessing) =>
        string.Create(CultureInfo.InvariantCulture, $"{preprocessing.Resize},{preprocessing.Crop},{preprocessing.Interpolation}");

    public static Preprocessing Parse(string settings) => settings.Split(',') is [var resize, var crop, var interpolation]
        ? Preprocessing.ImageNet with
        {
            Resize = int.Parse(resize, CultureInfo.InvariantCulture),
            Crop = int.Parse(crop, CultureInfo.InvariantCulture),
            Interpolation = Enum.Parse<Interpolation>(interpolation),
        }
        : throw new InvalidDataException(
            $"The saved preprocessing '{settings}' is invalid: it must be of the form 256,224,Bilinear (resize, crop, interpolation).");
}
