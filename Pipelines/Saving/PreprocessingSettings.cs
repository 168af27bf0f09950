using System.Globalization;
using TransferKit.Images;

namespace TransferKit.Pipelines.Saving;

/// <summary>
/// Writes and reads the sizes and the interpolation of a preprocessing as text: <c>256,224,Bilinear</c>; with <c>,Squash</c> where the
/// aspect ratio is not kept, and then <c>,Fast</c> where decoding is fast.
/// </summary>
/// <remarks>Mean, standard deviation and channel order are in the ONNX model, which takes RGB levels and normalizes them itself.</remarks>
internal static class PreprocessingSettings
{
    public static string Format(Preprocessing preprocessing)
    {
        string mode = preprocessing.CropMode == CropMode.Center ? "" : $",{preprocessing.CropMode}";
        mode += preprocessing.Decoding == Decoding.Exact ? "" : $",{preprocessing.Decoding}";
        return string.Create(CultureInfo.InvariantCulture,
            $"{preprocessing.Resize},{preprocessing.Crop},{preprocessing.Interpolation}{mode}");
    }

    public static Preprocessing Parse(string settings) => settings.Split(',') is [var resize, var crop, var interpolation, .. var further]
        && further is [] or [nameof(CropMode.Squash)] or [nameof(Decoding.Fast)] or [nameof(CropMode.Squash), nameof(Decoding.Fast)]
        ? Preprocessing.ImageNet with
        {
            Resize = int.Parse(resize, CultureInfo.InvariantCulture),
            Crop = int.Parse(crop, CultureInfo.InvariantCulture),
            Interpolation = Enum.Parse<Interpolation>(interpolation),
            CropMode = further.Contains(nameof(CropMode.Squash)) ? CropMode.Squash : CropMode.Center,
            Decoding = further.Contains(nameof(Decoding.Fast)) ? Decoding.Fast : Decoding.Exact,
        }
        : throw new InvalidDataException($"The saved preprocessing '{settings}' is invalid: it must be of the form 256,224,Bilinear "
            + "(resize, crop, interpolation), with ,Squash or ,Fast or both after it.");
}
