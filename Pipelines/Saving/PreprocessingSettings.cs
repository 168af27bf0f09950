using System.Globalization;
using TransferKit.Images;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// Writes and reads the sizes and the interpolation of a preprocessing as text: <c>256,224,Bilinear</c>, or <c>256,224,Bilinear,Squash</c>
/// where the aspect ratio is not kept.
/// </summary>
/// <remarks>Mean, standard deviation and channel order are in the ONNX model, which takes RGB levels and normalizes them itself.</remarks>
internal static class PreprocessingSettings
{
    public static string Format(Preprocessing preprocessing)
    {
        string mode = preprocessing.CropMode == CropMode.Center ? "" : $",{preprocessing.CropMode}";
        return string.Create(CultureInfo.InvariantCulture,
            $"{preprocessing.Resize},{preprocessing.Crop},{preprocessing.Interpolation}{mode}");
    }

    public static Preprocessing Parse(string settings) => settings.Split(',') is [var resize, var crop, var interpolation, .. var mode]
        && mode.Length < 2
        ? Preprocessing.ImageNet with
        {
            Resize = int.Parse(resize, CultureInfo.InvariantCulture),
            Crop = int.Parse(crop, CultureInfo.InvariantCulture),
            Interpolation = Enum.Parse<Interpolation>(interpolation),
            CropMode = mode is [var name] ? Enum.Parse<CropMode>(name) : CropMode.Center,
        }
        : throw new InvalidDataException($"The saved preprocessing '{settings}' is invalid: it must be of the form 256,224,Bilinear "
            + "(resize, crop, interpolation) or 256,224,Bilinear,Squash.");
}
